"""`grader class grade` in a real shell: whatever is handed in, the class is graded."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from grader.classroom import local_grader
from grader.classroom.platforms.bundle import (
    new_settings,
    write_classroom50_folder,
    write_gradescope_zip,
)
from grader.classroom.results_folder import results_folder
from grader.cli import main
from grader.errors import UsageError
from grader.handout.handout_file import Handout
from grader.handout.handout_kata import HandoutKata
from grader.kata import Kata
from grader.sandbox import Level, probe
from grader.stages import stage_of
from grader.tests.class_folder import NORM, OUTSIDE, POINTS, STAGES, ClassFolder
from grader.tests.programs import warm_environment

pytestmark = pytest.mark.skipif(
    not probe().is_enough, reason=f"this machine is below the floor: {probe()}"
)


@pytest.fixture
def a_class(tmp_path: Path, kata: Kata) -> ClassFolder:
    return ClassFolder(tmp_path, kata)


def test_every_submission_has_its_points_and_its_files(a_class: ClassFolder) -> None:
    a_class.add("right")
    a_class.add("wrong", OUTSIDE)
    shutil.make_archive(str(a_class.submissions / "zipped"), "zip", a_class.add("gone"))
    shutil.rmtree(a_class.submissions / "gone")
    shown = a_class.grade("--seed", "7")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "3 of 3 submissions graded, seed 7: mean 7.3, median 8 of 8 points" in shown.stdout
    assert "Landlock" in shown.stdout
    totals = {key: row["total"] for key, row in a_class.rows().items()}
    assert totals == {"right": "8", "wrong": "6", "zipped": "8"}
    whole = json.loads((a_class.out / "submissions/wrong/result.json").read_text())
    made = {test["mistake"] for stage in whole["stages"] for test in stage["tests"]}
    assert made == {None, "eps_outside_sqrt"} and "Landlock" in whole["locked_down"]
    page = (a_class.out / "submissions/wrong/index.html").read_text(encoding="utf-8")
    assert "This is a known mistake" in page
    assert "submissions/wrong/index.html" in (a_class.out / "class.html").read_text()


def test_what_is_graded_stays_and_what_has_changed_is_graded_again(
    a_class: ClassFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_class.add("one")
    norm = a_class.add("two", OUTSIDE) / NORM
    a_class.grade("--seed", "7")
    before, journal = a_class.files(), a_class.journal()
    with monkeypatch.context() as nothing_can_be_graded:
        nothing_can_be_graded.setattr(local_grader, "PROGRAM", ["-S", "-c", "pass"])
        given = ["class", "grade", str(a_class.submissions), "--out", str(a_class.out)]
        shown = CliRunner().invoke(main, given)  # with the first run's seed and stages
    assert shown.exit_code == 0, shown.output
    again = a_class.files()
    assert {name: again[name] for name in before} == before and a_class.journal() == journal
    assert again["changes.csv"].decode("utf-8-sig") == "person,stage,before,after,why\n"
    norm.write_text(norm.read_text().replace("1 / (", "1 / (0 * "), encoding="utf-8")
    a_class.grade()
    assert a_class.journal()[:2] == journal and len(a_class.journal()) == 3
    assert a_class.rows()["two"]["s09_rms_norm"] == "0"
    changed = a_class.files()
    a_class.grade("--seed", "8")
    assert len(a_class.journal()) == 5 and a_class.files() != changed


def test_the_same_files_are_graded_once(a_class: ClassFolder) -> None:
    for name in ("one", "two", "three"):
        a_class.add(name)
    said = a_class.grade().stdout
    assert len(a_class.journal()) == 1 and len(a_class.rows()) == 3
    (drawn,) = re.findall(r", seed (\d+):", said)
    assert int(drawn) > 2**64  # too long to find by trying
    assert a_class.grade().stdout == said and len(a_class.journal()) == 1


def test_other_files_have_other_inputs_and_their_own_seed_repeats_them(
    a_class: ClassFolder,
) -> None:
    """What one submission could note about its inputs is of no use to another."""
    a_class.add("one", OUTSIDE)
    a_class.add("two", OUTSIDE, note="other files")
    a_class.grade("--seed", "7")
    said = {}
    for name, row in a_class.rows().items():
        whole = json.loads((a_class.out / f"submissions/{name}/result.json").read_text())
        assert str(whole["seed"]) == row["seed"] and int(row["seed"]) > 2**64
        said[name] = messages(whole)
        check = ["check", "8", "9", "--target", str(a_class.submissions / name)]
        shown = CliRunner().invoke(main, [*check, "--seed", row["seed"], "--format", "json"])
        assert messages(json.loads(shown.stdout)) == said[name]
    assert said["one"] != said["two"]


def messages(report: dict[str, Any]) -> list[str]:
    return [test["message"] for stage in report["stages"] for test in stage["tests"]]


def test_whatever_is_handed_in_the_rest_is_graded(a_class: ClassFolder, tmp_path: Path) -> None:
    folder = a_class.submissions
    a_class.add("good")
    a_class.add("山田 太郎")
    a_class.add("two\nlines \x1b[31mred")
    a_class.add("=cmd()")
    a_class.add("twin")
    shutil.make_archive(str(folder / "Twin"), "zip", folder / "twin")
    (folder / "empty").mkdir()
    with (folder / "huge.zip").open("wb") as file:
        file.truncate(2 * 10**9)
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr(NORM, bytes(50_000_000))
    deep = folder / "deep" / "/".join("d" * 40)
    deep.mkdir(parents=True)
    (deep / NORM).write_text("")
    (folder / "linked").symlink_to(tmp_path)
    (folder / "packed.7z").write_bytes(b"7z")
    shown = a_class.grade()
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "6 of 12 submissions graded" in shown.stdout
    points = {row["name"]: row["total"] for row in a_class.rows().values()}
    graded = {name for name, total in points.items() if total == str(POINTS)}
    names = {"good", "山田 太郎", "two lines red", "'=cmd()", "twin", "Twin"}
    assert graded == names
    assert sorted(total for name, total in points.items() if name not in names) == [""] * 6
    for said in (
        "empty: no stage file (such as s01_vocabulary.py) was found",
        "huge: the archive is broken",
        f"bomb: {NORM} was not used: it is larger than 200 kB",
        "deep: no stage file",
        "linked: it is a link, not a folder or an archive",
        "packed: a .7z file can't be opened, but a zip can",
        "twin: 2 submissions are called twin",
        "Twin: 2 submissions are called Twin",
    ):
        assert said in shown.stdout, said
    assert "\x1b" not in shown.stdout


def test_a_roster_that_does_not_match_is_reported_and_the_rest_graded(
    a_class: ClassFolder, tmp_path: Path
) -> None:
    a_class.add("17")  # as a course system may name it
    a_class.add("nobody")
    roster = tmp_path / "roster.csv"
    roster.write_text("name,id\nAda Lovelace,17\nAlan Turing,18\n", encoding="utf-8")
    shown = a_class.grade("--roster", str(roster))
    assert shown.returncode == 0
    why = "no student in the roster matches this submission's name"
    assert f"nobody is open: {why}; no name in the roster is like it" in shown.stdout
    assert "because an open submission may be theirs: Alan Turing" in shown.stdout
    assert (a_class.rows()["17"]["name"], a_class.rows()["17"]["id"]) == ("Ada Lovelace", "17")
    assert "Ada Lovelace: 8 of 8 points" in shown.stdout
    roster.write_text("a,b\n1,2\n", encoding="utf-8")
    refused = a_class.grade_here("--roster", str(roster))
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "roster.csv: a column for names or ids is missing" in refused.stderr


def test_what_cannot_be_used_is_one_line(a_class: ClassFolder, tmp_path: Path) -> None:
    shown = a_class.grade()
    assert (shown.returncode, shown.stdout) == (2, "")
    assert "it has no submissions: each is a folder, a zip or a tar" in shown.stderr
    a_class.add("one")
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    for given, said in (
        (("--out", str(in_the_way)), "File exists"),
        (("--out", str(a_class.submissions / "out")), "is inside the folder of submissions"),
        (("--stages", "9-1"), "is backwards"),
        (("--shard", "3/2"), "write I/N"),
    ):
        refused = a_class.grade_here(*given)
        assert (refused.exit_code, refused.stdout) == (2, ""), said
        assert said in refused.stderr and refused.stderr.count("\n") == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with little space."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True
    )
    if made.returncode:
        pytest.skip("only root can make a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_reported_and_the_next_run_continues(
    a_class: ClassFolder, small_disk: Path
) -> None:
    for number in range(3):
        a_class.add(f"s{number}", OUTSIDE, note=str(number))
    a_class.out = small_disk / "results"
    shown = a_class.grade()
    assert shown.returncode == 1 and shown.stderr == ""
    assert "Not done yet. Fix this and run the same command again:" in shown.stdout
    assert "No space left on device" in shown.stdout
    subprocess.run(["mount", "-o", "remount,size=50m", str(small_disk)], check=True)
    shown = a_class.grade()
    assert shown.returncode == 0 and "3 of 3 submissions graded" in shown.stdout
    assert len(a_class.rows()) == len(set(a_class.journal())) == 3


def test_folders_however_deep_of_a_run_that_was_ended_are_removed(tmp_path: Path) -> None:
    with results_folder(tmp_path / "out") as work, chdir(work):
        for _ in range(1100):  # more than Python's recursion limit
            os.mkdir("d")
            os.chdir("d")
    assert not work.exists()


def test_a_folder_with_other_files_is_left_alone(a_class: ClassFolder) -> None:
    a_class.add("one")
    course = a_class.submissions.parent  # its `submissions` folder would be among the results
    given = ["class", "grade", str(a_class.submissions), "--out", str(course)]
    shown = CliRunner().invoke(main, given)
    assert shown.exit_code == 2 and "contains other files: choose a new folder" in shown.output
    assert {path.name for path in course.iterdir()} == {"submissions"}


def test_a_grading_process_that_ends_is_one_line(
    a_class: ClassFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_class.add("one")
    monkeypatch.setattr(local_grader, "PROGRAM", ["-S", "-c", "pass"])
    given = ["class", "grade", str(a_class.submissions), "--out", str(a_class.out)]
    shown = CliRunner().invoke(main, given)
    assert shown.exit_code == 2
    assert shown.output.splitlines()[-1] == (
        "grader: the process that grades has ended unexpectedly; "
        "what has been graded is kept, and the same command continues from there"
    )


def test_a_handout_grades_no_class(tmp_path: Path) -> None:
    handout = HandoutKata(tmp_path, Handout((1,), frozenset(), (1,), {1: ()}, {1: 4}))
    settings = new_settings([stage_of(1)], 1, False)
    for write in (write_gradescope_zip, write_classroom50_folder):
        with pytest.raises(UsageError, match="needs the reference, which is not part"):
            write(handout, settings, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_without_a_sandbox_untrusted_code_is_refused_unless_trusted(
    a_class: ClassFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_class.add("one")
    below = (
        "import runpy, sys; import grader.sandbox as sandbox\n"
        "sandbox.probe = lambda: sandbox.Level(0, False)\n"
        "sys.argv = sys.argv[1:]; runpy.run_module(sys.argv[0], run_name='__main__')\n"
    )
    monkeypatch.setattr(local_grader, "PROGRAM", ["-c", below, local_grader.PROGRAM[-1]])
    monkeypatch.setattr(local_grader, "probe", lambda: Level(0, False))
    given = ["class", "grade", str(a_class.submissions), "--out", str(a_class.out)]
    given += ["--stages", STAGES]
    shown = CliRunner().invoke(main, given)
    assert shown.exit_code == 2 and "can't sandbox it" in shown.output
    assert "--trust-submissions" in shown.output and not a_class.out.exists()
    shown = CliRunner().invoke(main, [*given, "--trust-submissions"])
    assert shown.exit_code == 0, shown.output
    assert "--trust-submissions" in a_class.rows()["one"]["locked down"]
    assert "no sandbox: " in a_class.rows()["one"]["locked down"]


def test_ctrl_c_keeps_what_is_graded(a_class: ClassFolder) -> None:
    for number in range(12):
        a_class.add(f"s{number}", note=str(number))
    command = [sys.executable, "-m", "grader", "class", "grade", str(a_class.submissions)]
    command += ["--out", str(a_class.out), "--stages", STAGES]
    warm = {**os.environ, **warm_environment()}
    piped = subprocess.PIPE
    with subprocess.Popen(command, stdout=piped, stderr=piped, env=warm) as run:
        deadline = time.monotonic() + 60
        while not (a_class.out / "journal.jsonl").exists() or len(a_class.journal()) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.kill(run.pid, signal.SIGINT)
        _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert b"the same command continues" in said and b"Traceback" not in said
    assert not (a_class.out / ".work").exists()
    graded = a_class.journal()
    assert 3 <= len(graded) < 12
    assert a_class.grade().returncode == 0
    assert a_class.journal()[: len(graded)] == graded and len(a_class.journal()) == 12
