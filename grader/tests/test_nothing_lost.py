"""Whatever happens to a learner's folder, no code that the grader has seen is lost."""

import os
import sys
import time
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from grader.editions import find_kata
from grader.learn.kept_texts import MOST_KEPT, bring_back, keep_texts
from grader.tests.clone import Clone, clone_into
from grader.tests.watching import Watching

NAME = "s09_rms_norm"
FILE, COPY = f"exercises/{NAME}.py", f"exercises/{NAME}.mine1.py"
RAISING = '    raise NotImplementedError("rms_norm is not written yet")\n'
BODY = "    return x / x.norm() * weight  # mine\n"
TAKE_UP = f"; to get your code back:\n  cp {COPY} {FILE}"


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return clone_into(tmp_path / "kata")


def read(clone: Clone, name: str = FILE) -> str:
    return (clone.root / name).read_text(encoding="utf-8")


def change(clone: Clone, name: str, old: str, new: str) -> None:
    text = read(clone, name)
    assert old in text
    (clone.root / name).write_text(text.replace(old, new), encoding="utf-8")


def write_mine(clone: Clone) -> str:
    """Write a body into the stub, as a learner does, and return the file's text."""
    change(clone, FILE, RAISING, BODY)
    return read(clone)


def copies(clone: Clone) -> list[str]:
    return sorted(path.name for path in (clone.root / "exercises").glob("*.mine*.py"))


def said(clone: Clone) -> str:
    """Return what `grader` says about code that was gone."""
    shown = clone.run()
    assert shown.returncode == 0
    return shown.stderr.strip()


def test_reset_twice_keeps_two_copies_and_says_nothing_later(clone: Clone) -> None:
    first = write_mine(clone)
    assert clone.run("check", "9").returncode == 1
    assert COPY in clone.run("reset", "9").stdout
    (clone.root / FILE).write_text("second = 1\n", encoding="utf-8")
    assert f"{NAME}.mine2.py" in clone.run("reset", "9").stdout
    assert read(clone, COPY) == first
    assert read(clone, f"exercises/{NAME}.mine2.py") == "second = 1\n"
    assert said(clone) == "" and len(copies(clone)) == 2


def test_reset_of_a_stub_with_windows_line_ends_keeps_no_copy(clone: Clone) -> None:
    stub = (clone.root / FILE).read_bytes()
    (clone.root / FILE).write_bytes(stub.replace(b"\n", b"\r\n"))
    assert said(clone) == "" and not (clone.root / ".grader").exists()
    assert clone.run("reset", "9").returncode == 0
    assert (clone.root / FILE).read_bytes() == stub and copies(clone) == []


def test_a_file_that_cannot_be_read_now_is_left_for_the_next_time(clone: Clone) -> None:
    (clone.root / FILE).unlink()
    (clone.root / FILE).mkdir()
    change(clone, "exercises/s10_freqs_cis.py", "raise NotImplementedError", "return ValueError")
    keep_texts(clone.kata)
    assert [path.name for path in (clone.root / ".grader/kept").iterdir()] == ["s10_freqs_cis"]


def test_reset_of_code_changed_since_announces_nothing(clone: Clone) -> None:
    write_mine(clone)
    assert said(clone) == ""
    change(clone, FILE, "# mine", "# mine, and better")
    assert clone.run("reset", "9").returncode == 0
    assert said(clone) == "" and copies(clone) == [f"{NAME}.mine1.py"]
    assert "and better" in read(clone, COPY)


def test_a_newer_version_unzipped_over_the_folder(clone: Clone, tmp_path: Path) -> None:
    mine = write_mine(clone)
    assert said(clone) == ""
    newer = clone_into(tmp_path / "newer")
    for folder in ("solutions", "exercises"):
        change(newer, f"{folder}/{NAME}.py", "Scale every", "Bring every")
    archive = tmp_path / "newer.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for path in sorted(newer.root.rglob("*")):
            zipped.write(path, path.relative_to(newer.root))
    with zipfile.ZipFile(archive) as zipped:
        zipped.extractall(clone.root)

    assert read(clone) == read(newer)  # the code is gone
    assert said(clone) == f"{NAME}.py is the stub again{TAKE_UP}"
    assert read(clone, COPY) == mine
    assert said(clone) == ""  # once is enough
    (clone.root / COPY).replace(clone.root / FILE)
    assert said(clone) == "" and read(clone) == mine


def test_a_newer_version_whose_stub_changed_leaves_a_kept_file_alone(clone: Clone) -> None:
    mine = write_mine(clone)
    assert said(clone) == ""
    change(clone, f"solutions/{NAME}.py", "Scale every", "Bring every")
    change(
        clone, "solutions/s10_freqs_cis.py", "Stage 10: ", "10: "
    )  # its stub is still the old one
    assert said(clone) == ""
    assert read(clone) == mine and copies(clone) == []


@pytest.mark.parametrize(
    ("spoil", "became"),
    [
        (lambda path: path.unlink(), "is gone"),
        (lambda path: path.write_text("\n", encoding="utf-8"), "is empty"),
        (
            lambda path: path.write_bytes(
                (find_kata(Path(__file__).parent).exercises / path.name)
                .read_bytes()
                .replace(b"\n", b"\r\n")
            ),
            "is the stub again",
        ),
    ],
)
def test_code_comes_back_whatever_happened_to_its_file(
    clone: Clone, spoil: object, became: str
) -> None:
    mine = write_mine(clone)
    assert said(clone) == ""
    assert callable(spoil)
    spoil(clone.root / FILE)
    assert said(clone) == f"{NAME}.py {became}{TAKE_UP}"
    assert read(clone, COPY) == mine


@pytest.mark.parametrize("gone", [False, True])
def test_a_file_that_an_editor_is_writing_is_not_called_empty(clone: Clone, gone: bool) -> None:
    mine, path = write_mine(clone), clone.root / FILE
    keep_texts(clone.kata)
    path.write_text("", encoding="utf-8")
    if gone:
        path.unlink()
    assert bring_back(clone.kata) == []
    path.write_text(mine, encoding="utf-8")  # the editor has finished
    keep_texts(clone.kata)
    assert bring_back(clone.kata) == [] and copies(clone) == []


def test_check_keeps_code_and_reports_it_outside_its_output(clone: Clone) -> None:
    stub = read(clone)
    mine = write_mine(clone)
    assert clone.run("check", "9").returncode == 1
    (clone.root / FILE).write_text(stub, encoding="utf-8")
    shown = clone.run("check", "9", "--format", "json")
    assert shown.stderr.strip() == f"{NAME}.py is the stub again{TAKE_UP}"
    assert shown.stdout.startswith("{") and read(clone, COPY) == mine


@pytest.mark.skipif(sys.platform != "linux", reason="drives a Linux terminal")
def test_watch_keeps_every_save_and_reports_what_is_gone(clone: Clone) -> None:
    with closing(Watching(clone, "9")) as watching:
        assert "not started" in watching.verdict()
        stub, mine = read(clone), write_mine(clone)
        assert "failed" in watching.verdict()
        time.sleep(0.5)  # nobody types as fast as a test
        (clone.root / FILE).write_text(stub, encoding="utf-8")
        assert "not started" in watching.verdict()
        assert f"{NAME}.py is the stub again{TAKE_UP}\n" in watching.until(f" {FILE}\n")
        assert read(clone, COPY) == mine
        (clone.root / FILE).write_text("mine = 1\n", encoding="utf-8")
        assert "does not define rms_norm" in watching.verdict()
        assert watching.quiet(0.5) and copies(clone) == [f"{NAME}.mine1.py"]


def test_no_copy_is_ever_overwritten_and_none_is_made_twice(clone: Clone) -> None:
    stub, mine = read(clone), write_mine(clone)
    (clone.root / COPY).write_text("an older copy\n", encoding="utf-8")
    assert said(clone) == ""
    (clone.root / FILE).write_text(stub, encoding="utf-8")
    assert f"cp exercises/{NAME}.mine2.py {FILE}" in said(clone)
    assert read(clone, COPY) == "an older copy\n"
    assert read(clone, f"exercises/{NAME}.mine2.py") == mine

    (clone.root / FILE).write_text(mine, encoding="utf-8")
    assert said(clone) == ""
    (clone.root / FILE).write_text(stub, encoding="utf-8")
    assert said(clone) == "" and len(copies(clone)) == 2  # it is there already


def test_only_the_newest_versions_are_kept(clone: Clone) -> None:
    for number in range(MOST_KEPT + 5):
        (clone.root / FILE).write_text(f"number = {number}\n", encoding="utf-8")
        os.utime(clone.root / FILE, ns=(number, number))
        keep_texts(clone.kata)
    kept = [path.read_text() for path in (clone.root / f".grader/kept/{NAME}").iterdir()]
    wanted = {f"number = {number}\n" for number in range(5, MOST_KEPT + 5)}
    assert set(kept) == wanted and len(kept) == MOST_KEPT


def test_notes_in_a_stub_are_kept_too(clone: Clone) -> None:
    stub = read(clone)
    noted = stub.replace("def rms_norm", "# eps stands inside\ndef rms_norm")
    (clone.root / FILE).write_text(noted, encoding="utf-8")
    assert said(clone) == ""
    (clone.root / FILE).write_text(stub, encoding="utf-8")
    assert said(clone) == "" and copies(clone) == []  # no code, so nothing is written next to it
    assert noted in [path.read_text() for path in (clone.root / f".grader/kept/{NAME}").iterdir()]


def test_a_fresh_kata_has_nothing_to_keep(clone: Clone) -> None:
    assert said(clone) == ""
    assert not (clone.root / ".grader").exists()
