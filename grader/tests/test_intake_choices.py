"""Of what a student handed in, the right files are taken, and one line says what was decided."""

import codecs
import os
from pathlib import Path

import pytest

from grader.classroom.hand_in import HandIn, Source
from grader.classroom.intake.choose_files import FoundStageFiles
from grader.classroom.intake.find_stage_files import find_stage_files
from grader.classroom.intake.stage_file_names import STAGE_FILES, stage_file_like
from grader.kata import Kata
from grader.stages import stage_of
from grader.stubs import is_stub
from grader.tests.made_downloads import FIRST, NINTH, Files, write_folder, zipped

OLD, NEW = 1.0e9, 1.1e9  # seconds since 1970


def found(folder: Path, files: Files) -> FoundStageFiles:
    """Return what is found in a folder with these files."""
    write_folder(folder, files)
    return find_stage_files(HandIn("ada", (Source(folder),), ()))


def found_in_zips(folder: Path, zips: dict[str, Files]) -> FoundStageFiles:
    return found(folder, {name: zipped(files) for name, files in zips.items()})


@pytest.mark.parametrize(
    ("name", "copy"),
    [
        ("s09_rms_norm (1).py", 1),
        ("s09_rms_norm(12).py", 12),
        ("s09_rms_norm-2.py", 2),
        ("s09_rms_norm_3.py", 3),
        ("s09_rms_norm copy.py", 1),
        ("s09_rms_norm copy 2.py", 2),
        ("s09_rms_norm - Copy.py", 1),
        ("s09_rms_norm - Copy (2).py", 2),
        ("s09_rms_norm - Kopie.py", 1),
        ("Copy of s09_rms_norm.py", 0),
        ("s09_rms_norm-0b6cd1a9-1234-4abc-9def-0123456789ab.py", 1),
        ("S09_RMS_NORM.PY", 0),
        ("s09_rms_norm.py.txt", 0),
        ("s09_rms_norm.txt", 0),
        ("s09_rms_norm.py.py", 0),
        ("s09_rms_norm (1).py.txt", 1),
        ("s9_rms_norm.py", 0),
        ("s09-rms-norm.py", 0),
        ("s09 rms norm.py", 0),
    ],
)
def test_names_close_to_a_stage_files(name: str, copy: int) -> None:
    assert stage_file_like(name) == (NINTH, copy)


@pytest.mark.parametrize(
    "name",
    [
        *("rms_norm.py", "s09_rms_norm", "s09_rms_norm.pyc", "test_s09_rms_norm.py", "s09.py"),
        *("s09_rms_norm.mine1.py", "s09_rms_norm_old.py", "s10_rms_norm.py", "._s09_rms_norm.py"),
        *("s20_the_answer.py", "", ".py", "s09_" + "1" * 60_000 + ".py", " (1)" * 20_000 + ".py"),
    ],
)  # fmt: skip
def test_names_that_are_not_close(name: str) -> None:
    assert stage_file_like(name) is None


def test_each_stage_file_is_its_own() -> None:
    assert [stage_file_like(name) for name in STAGE_FILES] == [(name, 0) for name in STAGE_FILES]
    close = [f"{name[:-3].upper()}-4.py" for name in STAGE_FILES]
    assert [stage_file_like(name) for name in close] == [(name, 4) for name in STAGE_FILES]


def test_a_close_name_is_taken_where_the_right_one_is_missing(tmp_path: Path) -> None:
    ada = found(tmp_path, {f"x/{FIRST}": b"1", "x/s09_rms_norm (1).py": b"9"})
    assert ada.files == {FIRST: b"1", NINTH: b"9"}
    line = f"names close to those of stage files were accepted: x/s09_rms_norm (1).py as {NINTH}"
    assert ada.problems == [line]


def test_the_right_name_wins_over_close_ones(tmp_path: Path) -> None:
    same = {NINTH: b"9", "s09_rms_norm (1).py": b"9"}
    assert found(tmp_path / "same", same).problems == []
    ada = found(tmp_path / "other", {**same, "s09_rms_norm (2).py": b"other"})
    assert ada.files == {NINTH: b"9"}
    line = "files with the right names are there, so these were ignored: s09_rms_norm (2).py"
    assert ada.problems == [line]


def test_the_highest_number_is_the_newest_of_close_names(tmp_path: Path) -> None:
    files = {f"s09_rms_norm ({number}).py": str(number).encode() for number in (2, 10, 9)}
    ada = found(tmp_path, files)
    assert ada.files == {NINTH: b"10"}
    assert ada.problems[0] == (
        f"{NINTH} was taken from s09_rms_norm (10).py, the newest; s09_rms_norm (9).py differs and "
        "was ignored"
    )


def test_time_decides_between_close_names_without_numbers(tmp_path: Path) -> None:
    write_folder(tmp_path, {"S09_rms_norm.py": b"new", "s09-rms-norm.py": b"old"})
    os.utime(tmp_path / "S09_rms_norm.py", (NEW, NEW))
    os.utime(tmp_path / "s09-rms-norm.py", (OLD, OLD))
    assert found(tmp_path, {}).files == {NINTH: b"new"}
    os.utime(tmp_path / "S09_rms_norm.py", (OLD - 1, OLD - 1))
    assert found(tmp_path, {}).files == {NINTH: b"old"}


def test_many_close_names_are_told_in_one_line(tmp_path: Path) -> None:
    ada = found(tmp_path, {f"{name[:-3]}-1.py": name.encode() for name in STAGE_FILES})
    assert set(ada.files) == set(STAGE_FILES)
    (line,) = ada.problems
    assert line.endswith(f"as {STAGE_FILES[2]} (and {len(STAGE_FILES) - 3} more files)")


def test_the_katas_own_folders_are_no_rivals(tmp_path: Path) -> None:
    own = (
        "stubs",
        "tests",
        "solutions",
        "mistakes",
        "grader/author/right_ways",
        "Stubs",
        "kata/stubs",
    )
    files = {f"{folder}/{FIRST}": folder.encode() for folder in own}
    files |= {f".git/{FIRST}": b"git", f".grader/kept/{NINTH}": b"kept"}
    ada = found(tmp_path / "ada", {**files, f"exercises/{FIRST}": b"mine"})
    assert (ada.files, ada.problems) == ({FIRST: b"mine"}, [])
    moved = found(tmp_path / "moved", {**files, FIRST: b"mine"})
    assert (moved.files, moved.problems) == ({FIRST: b"mine"}, [])
    nothing = found(tmp_path / "nothing", files)
    assert nothing.files == {}
    (line,) = nothing.problems
    assert line.startswith("no stage file (such as s01_vocabulary.py) was found")
    assert line.endswith("comes with the kata and doesn't count")


def test_the_file_in_exercises_counts_even_if_it_is_older(tmp_path: Path) -> None:
    write_folder(tmp_path, {f"exercises/{FIRST}": b"mine", f"backup/{FIRST}": b"backup"})
    os.utime(tmp_path / "exercises" / FIRST, (OLD, OLD))
    ada = found(tmp_path, {})
    assert ada.files == {FIRST: b"mine"}
    line = f"{FIRST} was taken from exercises/{FIRST}; backup/{FIRST} differs and was ignored"
    assert ada.problems == [line]


def test_a_stub_counts_only_if_there_is_nothing_else(tmp_path: Path, kata: Kata) -> None:
    stub = kata.exercises.joinpath(FIRST).read_bytes()
    assert is_stub(stage_of(1), stub.decode())
    beside = {f"exercises/{FIRST}": stub, FIRST: b"mine"}
    ada = found(tmp_path / "ada", beside)
    assert (ada.files, ada.problems) == ({FIRST: b"mine"}, [])
    bob = found(tmp_path / "bob", {FIRST: stub, FIRST.replace(".py", " (1).py"): b"mine"})
    assert bob.files == {FIRST: b"mine"} and "were accepted" in bob.problems[0]
    eve = found(tmp_path / "eve", {FIRST: stub, FIRST.replace(".py", " (1).py"): stub})
    assert (eve.files, eve.problems) == ({FIRST: stub}, [])
    nested = b"(" * 100_000
    assert found(tmp_path / "sly", {FIRST: nested}).files == {FIRST: nested}


def test_many_copies_are_told_in_one_line(tmp_path: Path) -> None:
    names = STAGE_FILES[:5]
    files = {f"{folder}/{name}": folder.encode() for folder in ("exercises", "x") for name in names}
    (line,) = found(tmp_path, files).problems
    assert line.endswith("and was ignored (and 4 more stages likewise)")


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
    ],
)
def test_utf_16_is_converted(tmp_path: Path, mark: bytes, encoding: str) -> None:
    text = "x = 'Zoë 山'\r\n"
    ada = found(tmp_path, {FIRST: mark + text.encode(encoding), NINTH: b"\xef\xbb\xbfx = 1"})
    assert ada.files == {FIRST: text.encode(), NINTH: b"\xef\xbb\xbfx = 1"}
    assert ada.problems == [f"converted to UTF-8, because Python can't read UTF-16: {FIRST}"]


def test_what_only_begins_like_utf_16(tmp_path: Path) -> None:
    ada = found(tmp_path, {FIRST: codecs.BOM_UTF16_LE + b"\x00\xd8x"})
    reason = "it is neither UTF-8 nor UTF-16: save it as UTF-8"
    assert (ada.files, ada.problems) == ({}, [f"{FIRST} was not used: {reason}"])


def test_several_archives_are_put_together(tmp_path: Path) -> None:
    parts: dict[str, Files] = {"one.zip": {FIRST: b"1"}, "two.zip": {f"exercises/{NINTH}": b"9"}}
    ada = found_in_zips(tmp_path, parts)
    assert (ada.files, ada.problems) == ({FIRST: b"1", NINTH: b"9"}, [])
    bad = found_in_zips(tmp_path, {**parts, "three.zip": {FIRST: b"3"}})
    assert "three.zip/s01_vocabulary.py" in bad.problems[0]


def test_archives_beside_stage_files_are_not_opened(tmp_path: Path) -> None:
    ada = found(tmp_path, {FIRST: b"1", "old.zip": zipped({NINTH: b"9"})})
    assert ada.files == {FIRST: b"1"}
    assert ada.problems == ["stage files lie beside archives, not opened: old.zip"]


def test_of_many_archives_a_few_are_opened(tmp_path: Path) -> None:
    ada = found_in_zips(tmp_path, {f"{number}.zip": {FIRST: b"1"} for number in range(7)})
    assert ada.files == {FIRST: b"1"}
    assert ada.problems == ["it has too many archives: 2 of them were ignored"]
