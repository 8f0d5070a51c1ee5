"""The results of one submission: complete for the teacher, and in the format of each platform.

Gradescope reads `results.json`. Classroom 50 reads `result.json`, and shows `release-body.md`.
Whatever a platform reads, the student may see.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from grader.classroom.graded_submission import STATUS_WORDS, stage_line, stage_title
from grader.classroom.safe_copies import StudentCopy, TeacherCopy
from grader.report.fence import fence_for, fenced
from grader.report.junit import as_junit
from grader.verdict import StageVerdict, TestVerdict, stage_as_dict

_LONGEST_BODY = 100_000  # characters; GitHub takes 125,000
_LONGEST_MESSAGE = 3_000


def as_whole_json(one: TeacherCopy) -> str:
    """Return everything as JSON, with hidden tests; stages are as `grader check` prints them."""
    record = {
        "version": 1,
        "submission": one.key,
        "name": one.name,
        "students": one.students,
        "seed": one.seed,
        "locked_down": one.level,  # the sandbox level; programs that read exports use this name
        "points": one.points,
        "max_points": one.max_points,
        "problems": one.problems,
        "stages": [stage_as_dict(verdict) for verdict in one.verdicts],
        "printed": {part.slug: part.printed for part in one.verdicts if part.printed},
    }
    return json.dumps(record, indent=2, ensure_ascii=False)


def as_submission_junit(one: StudentCopy) -> str:
    """Return the verdicts in the format of `grader check --format junit`, without the seed."""
    return as_junit(one.verdicts, locked_down=one.level)


def as_gradescope(one: StudentCopy) -> str:
    """Return the text of `results.json`; all outputs are plain text, never HTML or terminal colors.

    Format: gradescope-autograders.readthedocs.io/en/latest/specs. A hidden test is written without
    its output and not as Gradescope's `hidden`, which would hide the total from the student.
    """
    lines = [one.total, *one.problems, *map(stage_line, one.verdicts)]
    results = {
        "score": one.points,
        "output": "\n".join(lines),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"locked_down": one.level},
        "tests": [
            _gradescope_test(test, verdict.number, f"{verdict.number}.{index}")
            for verdict in one.verdicts
            for index, test in enumerate(verdict.tests, start=1)
        ],
    }
    return json.dumps(results, indent=2, ensure_ascii=False)


def _gradescope_test(test: TestVerdict, stage: int, number: str) -> dict[str, Any]:
    written = {
        "score": test.points,
        "max_score": test.max_points,
        "name": f"{stage_title(stage)}: {test.name}",
        "number": number,
        "output": _explained(test),
        "tags": [stage_title(stage)],
        "visibility": "visible",
    }
    if test.unavailable:  # neither passed nor failed, because its files are not on this machine
        return written
    return {**written, "status": "passed" if test.outcome == "passed" else "failed"}


def as_classroom50(one: StudentCopy, hand_in: Mapping[str, str]) -> str:
    """Return the text of `result.json`, in the format `classroom50/result/v1`.

    Format: `schemas/result-v1.schema.json` of github.com/foundation50/classroom50. It accepts no
    other top-level keys and only whole points, and allows more keys in a test. `hand_in` is what
    Classroom 50 knows about the submission, by the format's own names.
    """
    result = {
        "schema": "classroom50/result/v1",
        **hand_in,
        "score": one.points,
        "max-score": one.max_points,
        "tests": [
            {
                "test-name": f"{stage_title(verdict.number)}: {test.name}",
                "passed": test.outcome == "passed",
                "score": test.points,
                "max-score": test.max_points,
                "message": _explained(test),
            }
            for verdict in one.verdicts
            for test in verdict.tests
            if not test.unavailable  # there, one test that hasn't passed fails the whole submission
        ],
    }
    return json.dumps(result, indent=2, ensure_ascii=False)


def as_release_body(one: StudentCopy) -> str:
    """Return the text of `release-body.md`, which GitHub shows on a submission's release.

    It is a table of the stages, followed by each failing test and its message.
    """
    lines = [f"### {one.total}", "", *(f"- {_as_code(problem)}" for problem in one.problems)]
    lines += ["", "| stage | | points |", "|---|---|---|"]
    for verdict in one.verdicts:
        status, points = STATUS_WORDS[verdict.status], f"{verdict.points} / {verdict.max_points}"
        lines.append(f"| {stage_title(verdict.number)} | {status} | {points} |")
    text = "\n".join(lines) + "\n"
    for section in filter(None, map(_failures, one.verdicts)):
        if len(text) + len(section) > _LONGEST_BODY:
            return text + "\n(There is more in result.json.)\n"
        text += section
    return text


def _failures(verdict: StageVerdict) -> str:
    """Return the messages of a stage's failing tests, each once; '' if none has failed."""
    names: dict[str, list[str]] = defaultdict(list)
    for test in verdict.tests:
        if test.outcome in ("failed", "error"):
            names[_explained(test)].append(test.name)
    if not names:
        return ""
    tests = (f"\n{', '.join(told)}\n\n{_in_fence(said)}\n" for said, told in names.items())
    return f"\n#### {stage_title(verdict.number)}\n{''.join(tests)}"


def _explained(test: TestVerdict) -> str:
    return "\n\n".join(filter(None, (test.message, test.explanation)))


def _in_fence(text: str) -> str:
    """Return untrusted text unchanged, between fences that don't occur in it."""
    return fenced(_cut(text), "text")


def _as_code(text: str) -> str:
    """Return untrusted text as inline code."""
    shown = _cut(text)
    fence = fence_for(shown, 1)
    return f"{fence} {shown} {fence}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_MESSAGE else text[:_LONGEST_MESSAGE] + " ..."
