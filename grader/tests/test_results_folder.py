"""What a class leaves behind: the files that were graded, and how to repeat a verdict."""

import json
import re
from collections.abc import Collection
from pathlib import Path

import pytest

from grader.classroom.exports.html_pages import teacher_page
from grader.classroom.exports.repeat_command import repeat_command
from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.intake.stage_file_names import STAGE_FILES
from grader.classroom.safe_copies import teacher_copy
from grader.kata import Kata
from grader.sandbox import probe
from grader.stages import STAGES
from grader.tests.class_folder import EMBEDDING, NORM, OUTSIDE, ClassFolder
from grader.tests.nasty_class import SECRET, submission
from grader.tests.programs import environment_with, run_forked
from grader.tests.test_export_pages import Reader
from grader.verdict import StageVerdict

needs_sandbox = pytest.mark.skipif(
    not probe().is_enough, reason=f"this machine is below the floor: {probe()}"
)


def texts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@needs_sandbox
def test_what_was_graded_is_kept_and_its_command_gives_the_same_points(
    tmp_path: Path, kata: Kata
) -> None:
    a_class = ClassFolder(tmp_path, kata)
    both, one = a_class.add("both", OUTSIDE), a_class.add("one", OUTSIDE, note="other files")
    (one / EMBEDDING).unlink()
    (both / "notes.txt").write_text("not graded")
    assert a_class.grade("--seed", "7").returncode == 0
    results = a_class.out / "submissions"
    assert set(texts(results / "both/files")) == {EMBEDDING, NORM}
    assert texts(results / "one/files") == texts(one)
    for key, named in (("both", "8 9"), ("one", "9")):
        whole = json.loads((results / key / "result.json").read_text(encoding="utf-8"))
        command = command_of(results / key / "teacher.html")
        assert command.startswith(f"grader check {named} --target submissions/{key}/files --seed ")
        words = "-m", "grader", *command.split()[1:], "--format", "json"
        done = run_forked(*words, folder=a_class.out, environment=environment_with())
        again = json.loads(done.stdout)
        assert again["points"] == whole["points"] > 0
        graded = {stage["stage"]: stage for stage in whole["stages"]}
        for stage in again["stages"]:
            assert stage == graded[stage["stage"]]
    (both / EMBEDDING).unlink()
    (both / NORM).write_bytes(b"import torch\n")
    a_class.grade()
    assert texts(results / "both/files") == {NORM: b"import torch\n"}


def command_of(page: Path) -> str:
    text = Reader(page.read_text(encoding="utf-8")).text
    found = re.search("grader check .*", text)
    assert found is not None
    return found[0]


@needs_sandbox
def test_feedback_for_somebody_who_is_no_longer_in_the_roster_is_removed(
    tmp_path: Path, kata: Kata
) -> None:
    a_class = ClassFolder(tmp_path, kata)
    a_class.add("Ada Lovelace")
    a_class.add("Kim Lee", note="Kim")
    roster = tmp_path / "roster.csv"
    roster.write_text("name,email\nAda Lovelace,a@b.org\nKim Lee,k@b.org\n", encoding="utf-8")
    shown = a_class.grade("--roster", str(roster))
    feedback = a_class.out / "feedback"
    assert set(texts(feedback)) == {"Ada_Lovelace.html", "Kim_Lee.html", "mail_merge.csv"}
    assert "canvas.csv is empty" in shown.stdout and "moodle.csv" not in shown.stdout
    roster.write_text("name,email\nAda Lovelace,a@b.org\n", encoding="utf-8")
    shown = a_class.grade("--roster", str(roster))
    assert set(texts(feedback)) == {"Ada_Lovelace.html", "mail_merge.csv"}
    assert "1 submission is not in moodle.csv: Kim Lee" in shown.stdout
    a_class.grade("--roster", "none")
    assert texts(feedback) == {}


def test_the_teacher_s_page_has_hidden_tests_what_was_printed_and_the_command() -> None:
    page = teacher_page(teacher_copy(submission("key", "Alice")), "grader check 9 --seed 42")
    text = Reader(page).text
    assert text.count(SECRET) >= 2  # a hidden test's message, and what the code printed
    assert "more (hidden)" in text and "grader check 9 --seed 42" in text


def graded_stages(*numbers: int) -> GradedSubmission:
    slugs = {stage.number: stage.slug for stage in STAGES}
    verdicts = tuple(StageVerdict(number, slugs[number], ()) for number in numbers)
    return GradedSubmission("key", "Ada", (), 5, "full", verdicts, ())


@pytest.mark.parametrize(
    ("numbers", "files", "named"),
    [
        (range(1, 21), STAGE_FILES, "--all"),
        (range(1, 20), STAGE_FILES, " ".join(map(str, range(1, 20)))),
        # Stage 20 has no file, but it needs the others'.
        (range(1, 21), [NORM], "9"),
        ((20,), STAGE_FILES, "20"),
        ((9, 21), [NORM, "s21_bpe_training.py"], "9 21"),
    ],
)
def test_the_command_names_what_can_be_graded(
    numbers: Collection[int], files: Collection[str], named: str
) -> None:
    one = teacher_copy(graded_stages(*numbers))
    command = repeat_command(one, files, "submissions/key/files")
    assert command == f"grader check {named} --target submissions/key/files --seed 5"


def test_where_nothing_was_handed_in_there_is_no_command() -> None:
    assert repeat_command(teacher_copy(graded_stages(8, 9)), [], "x") == ""
    page = teacher_page(teacher_copy(graded_stages(8, 9)), "")
    assert "run this in the folder of results" not in page
