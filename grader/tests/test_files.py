"""Files are written completely or not at all."""

import os
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.write_files import naming_out, write_whole


def test_a_file_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for contents in ("é\n", b"\xff\r\n"):
        write_whole(path, contents)
        assert path.read_bytes() == (contents if isinstance(contents, bytes) else contents.encode())
    assert list(tmp_path.iterdir()) == [path]


def test_a_lone_surrogate_is_escaped(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.txt", "half \ud800")
    assert (tmp_path / "a.txt").read_bytes() == b"half \\ud800"


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim, path = tmp_path / "victim", tmp_path / "a.txt"
    victim.write_text("as it was")
    for link in (path, tmp_path / f".a.txt.{os.getpid()}.new"):  # in place of the draft, too
        link.symlink_to(victim)
    write_whole(path, "new")
    assert victim.read_text() == "as it was"
    assert path.read_text() == "new" and not path.is_symlink()
    assert sorted(tmp_path.iterdir()) == [path, victim]


def test_a_failed_write_leaves_the_old_file_and_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    write_whole(path, "old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError(28, "no room"), OSError("no room")])
def test_the_reason_is_given_with_the_option(error: OSError) -> None:
    with pytest.raises(UsageError, match="^--out results: no room$"), naming_out(Path("results")):
        raise error
