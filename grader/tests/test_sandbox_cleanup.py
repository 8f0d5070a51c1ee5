"""Whatever untrusted code left in its folder is removed, however it was made; nothing else is."""

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from grader.classroom.results_folder import results_folder
from grader.errors import UsageError
from grader.sandbox import cleanup
from grader.sandbox.cleanup import empty_folder, remove_litter, scratch_folder
from grader.tests.other_user import as_nobody


def test_folders_however_deep_are_removed(tmp_path: Path) -> None:
    litter = tmp_path / "litter"
    litter.mkdir()
    here = os.getcwd()
    os.chdir(litter)
    try:
        for _ in range(2200):  # as one path, too long for the kernel
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


def make_every_kind(folder: Path) -> None:
    """Make what untrusted code might leave: closed folders, deep ones, strange names, links."""
    folder.mkdir()
    for mode in (0o000, 0o300, 0o500, 0o100):
        (folder / f"{mode:03o}" / "in it").mkdir(parents=True)
        (folder / f"{mode:03o}" / "file").write_text("a")
        (folder / f"{mode:03o}" / "in it").chmod(mode)
        (folder / f"{mode:03o}").chmod(mode)
    (folder / "\udcff\udcfe").mkdir()
    (folder / "\udcff\udcfe" / "\n\udc80").write_text("a")
    (folder / ".0").symlink_to("/")
    here = os.getcwd()
    os.chdir(folder)
    for _ in range(1100):
        os.mkdir("d", mode=0o700)
        os.chdir("d")
    os.chdir(here)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def test_whoever_grades_removes_every_kind(open_folder: Path) -> None:
    def work() -> list[str]:
        make_every_kind(open_folder / "litter")
        remove_litter(open_folder / "litter")
        return os.listdir(open_folder)

    assert as_nobody(work) == "[]"


def test_a_folder_is_emptied_and_stays(open_folder: Path) -> None:
    def work() -> list[str]:
        make_every_kind(open_folder / "litter")
        empty_folder(open_folder / "litter")
        return os.listdir(open_folder) + os.listdir(open_folder / "litter")

    assert as_nobody(work) == "['litter']"


def test_what_cannot_be_removed_keeps_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    litter = tmp_path / "litter"
    (litter / "a/b").mkdir(parents=True)
    for name in ("a/b/one", "a/kept", "kept", "two"):
        (litter / name).write_text("a")
    unlink = os.unlink

    def refuse(name: str, dir_fd: int) -> None:
        if name == "kept":
            raise PermissionError(errno.EPERM, "immutable")
        unlink(name, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", refuse)
    with pytest.raises(OSError, match="immutable"):
        remove_litter(litter)
    assert sorted(path.name for path in litter.rglob("*")) == ["a", "kept", "kept"]


def test_files_that_appear_meanwhile_are_removed_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    litter, appearing = tmp_path / "litter", iter(range(5))
    (litter / "a/b").mkdir(parents=True)
    rmdir = os.rmdir

    def add_first(path: Path | str, dir_fd: int | None = None) -> None:
        for number in appearing:
            (litter / f"new {number}").mkdir()
            (litter / f"new {number}" / "file").write_text("a")
            break
        rmdir(path, dir_fd=dir_fd)

    monkeypatch.setattr(os, "rmdir", add_first)
    remove_litter(litter)
    assert list(tmp_path.iterdir()) == [] and list(appearing) == []


def test_a_link_that_takes_a_folders_place_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    litter, victim = tmp_path / "litter", tmp_path / "victim"
    (litter / "folder").mkdir(parents=True)
    victim.mkdir(mode=0o500)
    (victim / "file").write_text("as it was")
    opened = cleanup._opened

    def swap_first(name: str, within: int | None = None) -> AbstractContextManager[int]:
        if name == "folder" and not (litter / "folder").is_symlink():
            (litter / "folder").rmdir()
            (litter / "folder").symlink_to(victim)
        return opened(name, within)

    monkeypatch.setattr(cleanup, "_opened", swap_first)
    remove_litter(litter)
    assert (victim / "file").read_text() == "as it was"
    assert stat.S_IMODE(victim.stat().st_mode) == 0o500


@pytest.mark.parametrize("name", ["open", "unlink", "rename", "rmdir"])
def test_ctrl_c_at_any_moment_leaves_what_the_next_run_removes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    call = getattr(os, name)
    descriptors = len(os.listdir("/proc/self/fd"))
    for moment in count():
        monkeypatch.setattr(os, name, call)
        try:
            with scratch_folder(tmp_path) as folder:
                (folder / "a/b/c").mkdir(parents=True, mode=0o700)
                (folder / "a/b/file").write_text("a")
                monkeypatch.setattr(os, name, interrupted_before(call, moment))
        except KeyboardInterrupt:
            monkeypatch.setattr(os, name, call)
            for left in tmp_path.iterdir():
                remove_litter(left)
        else:
            break  # everything was removed before that moment
    assert moment > 0 and list(tmp_path.iterdir()) == []
    assert len(os.listdir("/proc/self/fd")) <= descriptors


def interrupted_before(call: Callable[..., Any], moment: int) -> Callable[..., Any]:
    """Return the function, interrupted by Ctrl-C after so many calls of it."""
    left = iter(range(moment))

    def interrupted(*args: Any, **options: Any) -> Any:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return call(*args, **options)

    return interrupted


def test_an_error_of_the_removal_does_not_replace_what_happened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> None:
        raise OSError("not removed")

    monkeypatch.setattr(cleanup, "remove_litter", fail)
    with pytest.raises(ValueError, match="what happened"), scratch_folder(tmp_path) as folder:
        raise ValueError("what happened")
    with scratch_folder(tmp_path) as folder:
        result = "what came of it"
    assert result == "what came of it" and folder.is_dir()


def test_a_results_folder_with_a_deep_tree_is_repaired(tmp_path: Path) -> None:
    out = tmp_path / "results"
    with results_folder(out):
        pass
    make_every_kind(out / ".work")
    with results_folder(out) as work:
        assert list(work.iterdir()) == []
    assert sorted(os.listdir(out)) == [".lock"]


def test_a_results_folder_that_cannot_be_repaired_says_so_in_a_line(tmp_path: Path) -> None:
    out = tmp_path / "results"
    with results_folder(out):
        pass
    (out / ".work").symlink_to(tmp_path)
    with pytest.raises(UsageError) as told, results_folder(out):
        pass
    assert str(told.value) == (
        f"{out / '.work'} is left over from an earlier run and can't be removed (Not a directory): "
        "remove it yourself, or choose another folder with --out"
    )
