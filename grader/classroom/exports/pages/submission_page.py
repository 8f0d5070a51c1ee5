"""The page of one submission: the map of stages, and why each failing test failed."""

from grader.classroom.exports.pages.render import render
from grader.classroom.exports.safe_text import StudentCopy
from grader.classroom.graded_submission import STATUS_WORDS, stage_title
from grader.stages import PARTS, stage_of
from grader.verdict import StageVerdict, TestVerdict

Shown = dict[str, object]  # what a template shows, by the names that it uses


def submission_page(one: StudentCopy) -> str:
    """Write the page of one submission, for its student."""
    stages = [_stage(verdict) for verdict in one.verdicts]
    return render(
        "submission.html",
        one=one,
        stages=stages,
        unfinished=[stage for stage in stages if stage["status"] != "passed"],
        finished=[stage for stage in stages if stage["status"] == "passed"],
    )


def _stage(verdict: StageVerdict) -> Shown:
    shown = [test for test in verdict.tests if not test.hidden]
    hidden = [test for test in verdict.tests if test.hidden]
    wrong = [test for test in shown if test.outcome in ("failed", "error")]
    return {
        "number": verdict.number,
        "part": PARTS.get(verdict.number, ""),
        "title": stage_title(verdict.number),
        "objective": stage_of(verdict.number).objective,
        "status": verdict.status,
        "words": STATUS_WORDS[verdict.status],
        "points": f"{verdict.points} of {verdict.max_points}",
        # What stopped the import is the message of every test: it is said once.
        "cause": shown[0].message if verdict.import_error and shown else "",
        "wrong": [] if verdict.import_error else list(map(_test, wrong)),
        "hidden": [] if verdict.status in ("error", "not_started") else list(map(_test, hidden)),
        "waiting": [_test(test) for test in shown if test.outcome == "skipped"],
        "passed": [_test(test) for test in shown if test.outcome == "passed"],
        "printed": verdict.printed.rstrip(),
    }


def _test(test: TestVerdict) -> Shown:
    name = test.name.removeprefix("test_").replace("_", " ")
    return {
        "title": f"{test.function}: {name}" if test.function else name,
        "points": f"{test.points} of {test.max_points} points" if test.max_points else "",
        "message": test.message,
        "mistake": _mistake(test),
    }


def _mistake(test: TestVerdict) -> list[str]:
    """Return what to say of a known mistake, its title first; nothing when there is none."""
    if test.explanation:
        return test.explanation.splitlines()
    return [f"This is a known mistake: {test.mistake.replace('_', ' ')}."] if test.mistake else []
