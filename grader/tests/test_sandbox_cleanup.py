"""Whatever untrusted code left in its folder is removed, however it was made; nothing else is."""

import os
from pathlib import Path

from grader.sandbox.cleanup import remove_litter


def test_folders_however_deep_are_removed(tmp_path: Path) -> None:
    litter = tmp_path / "litter"
    litter.mkdir()
    here = os.getcwd()
    os.chdir(litter)
    try:
        for _ in range(3000):
            Path("a").write_text("a")
            os.mkdir("d", mode=0o700)
            os.chdir("d")
    finally:
        os.chdir(here)
    remove_litter(litter)
    assert list(tmp_path.iterdir()) == []


def test_links_are_removed_and_not_followed(tmp_path: Path) -> None:
    litter, victim = tmp_path / "litter", tmp_path / "victim"
    for folder in (litter, victim):
        folder.mkdir()
    (victim / "file").write_text("as it was")
    (litter / "inside").mkdir()
    for place in (litter, litter / "inside"):
        (place / "folder").symlink_to(victim)
        (place / "file").symlink_to(victim / "file")
        (place / "nowhere").symlink_to("/nowhere")
    remove_litter(litter)
    assert [path.name for path in tmp_path.iterdir()] == ["victim"]
    assert (victim / "file").read_text() == "as it was"


def test_names_that_are_taken_and_folders_that_are_closed(tmp_path: Path) -> None:
    litter = tmp_path / "litter"
    for name in (".0/.1/.0", ".1/.0", "\udcff/\n", "closed/in it"):
        (litter / name).mkdir(parents=True)
    (litter / "closed" / "in it").chmod(0)
    (litter / "closed").chmod(0)
    litter.chmod(0)
    remove_litter(litter)
    assert list(tmp_path.iterdir()) == []
