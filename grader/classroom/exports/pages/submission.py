"""The page of one submission: the map of stages, and why each failing test failed."""

from dataclasses import dataclass

from grader.classroom.exports.clean import cleaned
from grader.classroom.exports.pages.render import render
from grader.classroom.exports.redact import redacted
from grader.classroom.exports.words import STATUS_WORDS, stage_title, total
from grader.classroom.graded_submission import GradedSubmission
from grader.stages import PARTS, stage_of
from grader.verdict import StageVerdict, TestVerdict


@dataclass(frozen=True)
class _Test:
    """A test as the page shows it; `mistake` is what to say of it, line by line."""

    title: str
    points: str
    message: str
    mistake: tuple[str, ...]


@dataclass(frozen=True)
class _Stage:
    """A stage as the page shows it; its tests are in one list each, by how they are shown."""

    number: int
    part: str
    title: str
    objective: str
    status: str
    words: str
    points: str
    cause: str
    wrong: tuple[_Test, ...]
    hidden: tuple[_Test, ...]
    waiting: tuple[_Test, ...]
    passed: tuple[_Test, ...]
    printed: str


def submission_page(graded: GradedSubmission) -> str:
    """Write the page of one submission, for the student: hidden tests give name and points."""
    one = redacted(cleaned(graded))
    stages = [_stage(verdict) for verdict in one.verdicts]
    return render(
        "submission.html",
        one=one,
        total=total(one),
        stages=stages,
        unfinished=[stage for stage in stages if stage.status != "passed"],
        finished=[stage for stage in stages if stage.status == "passed"],
    )


def _stage(verdict: StageVerdict) -> _Stage:
    shown = [test for test in verdict.tests if not test.hidden]
    started = not verdict.import_error
    ran = started and verdict.status != "not_started"
    return _Stage(
        number=verdict.number,
        part=PARTS.get(verdict.number, ""),
        title=stage_title(verdict.number),
        objective=stage_of(verdict.number).objective,
        status=verdict.status,
        words=STATUS_WORDS[verdict.status],
        points=f"{verdict.points} of {verdict.max_points}",
        # What stopped the import is the message of every test: it is said once.
        cause="" if started else next((test.message for test in shown), ""),
        wrong=_tests([test for test in shown if started and test.outcome in ("failed", "error")]),
        hidden=_tests([test for test in verdict.tests if ran and test.hidden]),
        waiting=_tests([test for test in shown if test.outcome == "skipped"]),
        passed=_tests([test for test in shown if test.outcome == "passed"]),
        printed=verdict.printed.rstrip(),
    )


def _tests(tests: list[TestVerdict]) -> tuple[_Test, ...]:
    return tuple(
        _Test(
            title=_title(test),
            points=f"{test.points} of {test.max_points} points" if test.max_points else "",
            message=test.message,
            mistake=_mistake(test),
        )
        for test in tests
    )


def _title(test: TestVerdict) -> str:
    name = test.name.removeprefix("test_").replace("_", " ")
    return f"{test.function}: {name}" if test.function else name


def _mistake(test: TestVerdict) -> tuple[str, ...]:
    """Give what to say of a known mistake, its title first; nothing when there is none."""
    if test.explanation:
        return tuple(test.explanation.splitlines())
    return (f"This is a known mistake: {test.mistake.replace('_', ' ')}.",) if test.mistake else ()
