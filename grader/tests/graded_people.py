"""Small graded classes of invented people, made without grading anything."""

from collections.abc import Mapping
from pathlib import Path

from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.grades.rules import GradeRules
from grader.classroom.results_folder import (
    begin_class,
    results_folder,
    write_class,
    write_submission,
)
from grader.classroom.run_settings import WHOLE, Run
from grader.stages import stage_of
from grader.verdict import StageVerdict, TestVerdict


def verdict(number: int, points: int, most: int, mistake: str | None = None) -> StageVerdict:
    """Return a stage with two tests: one that earns the points, and one that misses the others."""
    passed = TestVerdict("test_right", "f", "passed", points, points)
    said = f"This is a known mistake: {mistake}." if mistake else ""
    failed = TestVerdict("test_wrong", "f", "failed", 0, most - points, "no", mistake, said)
    tests = (passed,) if points == most and not mistake else (passed, failed)
    return StageVerdict(number, stage_of(number).slug, tests)


def submission(
    name: str, *verdicts: StageVerdict, handed_in: str = "", files: str = "1", **columns: str
) -> GradedSubmission:
    """Return the graded submission of a person with these columns in the roster."""
    whose = ({"name": name, **columns},) if columns else ()
    problems = () if verdicts else ("There is no stage file in it.",)
    return GradedSubmission(
        name.lower().replace(" ", "-"), name, whose, 7, "full", verdicts, problems,
        handed_in=handed_in, files=files,
    )  # fmt: skip


def run_of(
    *graded: GradedSubmission,
    rules: GradeRules | None = None,
    absent: tuple[Mapping[str, str], ...] = (),
    seed: int = 1,
    suites: str = "a",
) -> Run:
    """Return the settings of the run that graded these submissions."""
    stages = tuple(sorted({one.number for each in graded for one in each.verdicts}))
    listed = tuple(one.key for one in graded)
    missing = tuple(map(dict, absent))
    return Run(seed, stages, suites, WHOLE, listed, missing, (), rules=rules or GradeRules())


def write_results(folder: Path, run: Run, *graded: GradedSubmission) -> Path:
    """Write a folder of results, as `grader class grade` does."""
    with results_folder(folder):
        begin_class(folder, run)
        for one in graded:
            write_submission(folder, one, folder / "nothing")
        write_class(folder, run, graded, "Kata")
    return folder
