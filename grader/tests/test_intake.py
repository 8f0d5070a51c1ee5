"""From what a class has handed in, only stage files are copied, whatever else is in it."""

import os
import stat
import sys
import tarfile
import unicodedata
import zipfile
from pathlib import Path

import pytest

from grader.classroom.intake.copy_stage_files import copy_stage_files
from grader.classroom.list_submissions import list_submissions
from grader.errors import UsageError
from grader.tests.made_submissions import ENTRY, FIRST, MINE, NINTH, Class, a_class, texts

__all__ = ["a_class"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="makes links and pipes")


def only_problem(a_class: Class) -> str:
    """Copy a submission of which no file is used, and return the one line that says why."""
    submission = a_class.take()
    assert submission.files == () and texts(submission) == {}
    (problem,) = submission.problems
    assert problem.isprintable()
    return problem


def test_a_folder(a_class: Class) -> None:
    a_class.write(f"jane/{FIRST}")
    a_class.write(f"jane/deep/er/{NINTH}", b"nine = 9\n")
    for name in ("conftest.py", "x.pth", "torch.py", "s20_the_answer.py", "s09_rms_norm.mine1.py"):
        a_class.write(f"jane/{name}")
    jane = a_class.take()
    assert (jane.key, jane.name, jane.problems) == ("jane", "jane", ())
    assert jane.folder == a_class.taken / "jane"
    assert texts(jane) == {FIRST: MINE, NINTH: b"nine = 9\n"}


@pytest.mark.parametrize(
    "name", ["jane.zip", "jane.tar", "jane.tar.gz", "jane.tar.bz2", "jane.tar.xz"]
)
def test_an_archive(a_class: Class, name: str) -> None:
    make = a_class.zip if name.endswith(".zip") else a_class.tar
    make(name, (ENTRY, MINE), ("kata/conftest.py", b""), (f"kata/exercises/{NINTH}", b"9"))
    jane = a_class.take()
    assert (jane.key, jane.name, jane.problems) == ("jane", "jane", ())
    assert texts(jane) == {FIRST: MINE, NINTH: b"9"}


def test_what_systems_add_is_not_a_submission(a_class: Class) -> None:
    for name in ("jane", "__MACOSX", ".git"):
        a_class.write(f"{name}/{FIRST}")
    assert [one.name for one in list_submissions(a_class.collected).entries] == ["jane"]


def test_an_archive_in_a_folder_as_moodle_gives_it(a_class: Class) -> None:
    a_class.zip("x.zip", (ENTRY, MINE)).rename(a_class.write("Jane_1_assignsubmission_file/k.zip"))
    assert texts(a_class.take()) == {FIRST: MINE}


def test_the_hash_depends_only_on_the_files(a_class: Class) -> None:
    a_class.write(f"a/{FIRST}")
    a_class.zip("b.zip", (ENTRY, MINE), ("notes.txt", b"notes"))
    a_class.write(f"c/{FIRST}", b"other = 1\n")
    a_class.write(f"d/{NINTH}")
    a, b, c, d = a_class.take_all()
    assert a.sha256 == b.sha256 and len({a.sha256, c.sha256, d.sha256}) == 3


def test_copied_again_nothing_old_is_left(a_class: Class) -> None:
    old = a_class.write(f"jane/{FIRST}")
    a_class.take()
    old.rename(old.with_name(NINTH))
    assert texts(a_class.take()) == {NINTH: MINE}


def test_an_exercises_folder_is_preferred(a_class: Class) -> None:
    for folder in ("exercises", "solutions", "mistakes"):
        a_class.write(f"jane/kata/{folder}/{FIRST}", folder.encode())
    jane = a_class.take()
    assert texts(jane) == {FIRST: b"exercises"} and jane.problems == ()
    a_class.write(f"jane/{FIRST}", b"another")
    jane = a_class.take()
    assert texts(jane) == {FIRST: b"exercises"}
    assert jane.problems == (
        f"{FIRST} was taken from kata/exercises/{FIRST}; {FIRST} differs and was ignored",
    )


def test_two_files_of_one_stage(a_class: Class) -> None:
    a_class.write(f"jane/a/{FIRST}")
    a_class.write(f"jane/b/{FIRST}")
    assert texts(a_class.take()) == {FIRST: MINE}
    newer = a_class.write(f"jane/b/{FIRST}", b"other")
    os.utime(newer, (4e9, 4e9))
    jane = a_class.take()
    ignored = f"a/{FIRST} differs and was ignored"
    assert texts(jane) == {FIRST: b"other"}
    assert jane.problems == (f"{FIRST} was taken from b/{FIRST}, the newest; {ignored}",)


def test_an_entry_that_is_twice_in_a_zip(a_class: Class) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        a_class.zip("jane.zip", (ENTRY, MINE), (ENTRY, b"other"))
    jane = a_class.take()
    assert jane.files == (FIRST,)
    assert "though no copy is newer" in jane.problems[0]


def test_too_deep(a_class: Class) -> None:
    a_class.write(f"a/1/2/3/4/{FIRST}")
    a_class.write(f"b/1/2/3/4/5/{FIRST}")
    a_class.zip("c.zip", (f"1/2/3/4/5/{FIRST}", MINE))
    a, b, c = a_class.take_all()
    assert texts(a) == {FIRST: MINE}
    assert b.files == c.files == ()
    assert (
        b.problems
        == c.problems
        == (f"no stage file (such as {FIRST}) was found up to 4 folders deep",)
    )


def test_an_empty_folder_is_a_submission(a_class: Class) -> None:
    (a_class.collected / "jane").mkdir()
    assert only_problem(a_class).startswith("no stage file")


def test_a_link_is_not_followed(a_class: Class) -> None:
    outside = a_class.collected.parent / "outside"
    outside.write_bytes(b"secret")
    a_class.write(f"jane/{NINTH}")
    (a_class.collected / "jane" / FIRST).symlink_to(outside)
    jane = a_class.take()
    assert texts(jane) == {NINTH: MINE} and jane.problems == (
        f"{FIRST} was not used: it is a link",
    )


def test_a_hard_link_is_not_followed(a_class: Class) -> None:
    outside = a_class.collected.parent / "outside"
    outside.write_bytes(b"secret")
    (a_class.collected / "jane").mkdir()
    os.link(outside, a_class.collected / "jane" / FIRST)
    assert only_problem(a_class) == f"{FIRST} was not used: it is a hard link"


def test_a_linked_folder_is_not_followed(a_class: Class) -> None:
    outside = a_class.collected.parent / "outside"
    outside.mkdir()
    (outside / FIRST).write_bytes(b"secret")
    (a_class.collected / "jane").mkdir()
    (a_class.collected / "jane/exercises").symlink_to(outside)
    assert only_problem(a_class).startswith("no stage file")


def test_a_linked_submission_is_not_followed(a_class: Class) -> None:
    outside = a_class.collected.parent / "outside"
    outside.mkdir()
    (outside / FIRST).write_bytes(b"secret")
    (a_class.collected / "jane").symlink_to(outside)
    assert only_problem(a_class) == "it is a link, not a folder or an archive: not opened"


def test_pipes_and_folders_in_place_of_files(a_class: Class) -> None:
    (a_class.collected / "jane" / NINTH).mkdir(parents=True)
    os.mkfifo(a_class.collected / "jane" / FIRST)
    os.mkfifo(a_class.collected / "pipe.zip")
    jane, pipe = a_class.take_all()
    assert jane.problems == tuple(
        f"{name} was not used: it is not a regular file" for name in (FIRST, NINTH)
    )
    assert pipe.problems == ("pipe.zip was not used: it is not a regular file",)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (tarfile.SYMTYPE, "it is a link"),
        (tarfile.LNKTYPE, "it is a link"),
        (tarfile.FIFOTYPE, "it is not a regular file"),
        (tarfile.CHRTYPE, "it is not a regular file"),
        (tarfile.BLKTYPE, "it is not a regular file"),
    ],
)
def test_entries_of_a_tar_that_are_not_files(a_class: Class, kind: bytes, reason: str) -> None:
    info = tarfile.TarInfo(FIRST)
    info.type, info.linkname = kind, "/etc/hostname"
    a_class.tar("jane.tar", (info, b""))
    assert only_problem(a_class) == f"{FIRST} was not used: {reason}"


@pytest.mark.parametrize(
    ("kind", "reason"), [(stat.S_IFLNK, "it is a link"), (stat.S_IFIFO, "it is not a regular file")]
)
def test_entries_of_a_zip_that_are_not_files(a_class: Class, kind: int, reason: str) -> None:
    info = zipfile.ZipInfo(FIRST)
    info.external_attr = (kind | 0o644) << 16
    a_class.zip("jane.zip", (info, b"/etc/hostname"))
    assert only_problem(a_class) == f"{FIRST} was not used: {reason}"


@pytest.mark.parametrize(
    "path", ["../../elsewhere/", "/elsewhere/", "C:/elsewhere/", "a/../../../"]
)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_path_that_leads_out(a_class: Class, path: str, kind: str) -> None:
    make = a_class.zip if kind == "zip" else a_class.tar
    make(f"jane.{kind}", (path + FIRST, MINE))
    assert only_problem(a_class).endswith(
        f"{FIRST} was not used: its path leads out of the submission"
    )
    assert not Path("/elsewhere").exists()


def test_a_zip_with_the_other_slashes(a_class: Class) -> None:
    a_class.zip("jane.zip", (f"exercises\\{FIRST}", MINE))
    assert texts(a_class.take()) == {FIRST: MINE}


def test_other_archives_are_not_overlooked(a_class: Class) -> None:
    a_class.write("jane.rar")
    a_class.write("notes.txt")
    assert only_problem(a_class) == "a .rar file can't be opened, but a zip can"


ZOES = ["Zoë", "Zoe\u0308", "zoë", "ZOË"]
NAMES = [*ZOES, "-rf", ".hidden", "a\nb", "a\x1b[31mb", "李雷", "x" * 200, "...", "\u202egnp", "ab"]


def test_names(a_class: Class) -> None:
    for name in NAMES:
        a_class.write(f"{name}/{FIRST}", name.encode())
    submissions = a_class.take_all()
    if len(submissions) < len(NAMES):
        pytest.skip("this file system treats some of these names as the same")
    assert sorted(one.name for one in submissions) == sorted(NAMES)
    assert len({one.key.casefold() for one in submissions}) == len(NAMES)
    assert sorted(os.listdir(a_class.taken)) == sorted(one.key for one in submissions)
    for one in submissions:
        assert texts(one) == {FIRST: one.name.encode()}
        assert one.key[0].isalnum() and one.key.isprintable() and len(one.key.encode()) < 100
        assert unicodedata.is_normalized("NFC", one.key)
        assert one.problems == (
            (f"4 submissions are called {one.name}",) if one.name in ZOES else ()
        )


def test_a_folder_and_an_archive_of_one_name(a_class: Class) -> None:
    a_class.write(f"jane/{FIRST}", b"in a folder")
    a_class.zip("jane.zip", (FIRST, b"in a zip"))
    submissions = a_class.take_all()
    assert [one.key for one in submissions] == ["jane", "jane.zip"]
    assert [texts(one)[FIRST] for one in submissions] == [b"in a folder", b"in a zip"]
    assert [one.problems for one in submissions] == [("2 submissions are called jane",)] * 2


def test_a_name_that_is_not_text(a_class: Class) -> None:
    try:
        (a_class.collected / os.fsdecode(b"j\xffne")).mkdir()
    except OSError:
        pytest.skip("this file system has no such names")
    assert a_class.take().name == "j\ufffdne"


def test_an_empty_or_missing_folder(a_class: Class, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="it has no submissions"):
        list_submissions(a_class.collected)
    with pytest.raises(UsageError, match="No such file"):
        list_submissions(tmp_path / "none")


def test_where_nothing_can_be_written(a_class: Class) -> None:
    a_class.write(f"jane/{FIRST}")
    entries = list_submissions(a_class.collected).entries
    a_class.collected.parent.joinpath("outside").write_bytes(b"")
    with pytest.raises(UsageError, match="Not a directory"):
        list(copy_stage_files(entries, a_class.collected.parent / "outside/taken"))
    with pytest.raises(UsageError, match="is inside a submission"):
        list(copy_stage_files(entries, a_class.collected / "jane/taken"))


def test_a_full_disk(a_class: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    a_class.write(f"jane/{FIRST}")
    a_class.write(f"joe/{FIRST}")

    def full(*_: object) -> None:
        monkeypatch.undo()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("grader.classroom.intake.copy_stage_files._write", full)
    jane, joe = a_class.take_all()
    assert jane.obstacle == "could not be copied: No space left on device" and jane.files == ()
    assert joe.obstacle is None and joe.files == (FIRST,)
