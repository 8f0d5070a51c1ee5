"""Gradescope's `results.json`.

Format: gradescope-autograders.readthedocs.io/en/latest/specs. A hidden test is written without its
output instead of as Gradescope's `hidden`, which would take the total from the student's view.
"""

import json
from typing import Any

from grader.classroom.exports.clean import cleaned
from grader.classroom.exports.redact import redacted
from grader.classroom.exports.words import stage_line, stage_title, total
from grader.classroom.graded_submission import GradedSubmission
from grader.verdict import StageVerdict, TestVerdict


def as_gradescope(graded: GradedSubmission) -> str:
    """Write one submission; all outputs are plain text, never HTML or terminal colours."""
    one = redacted(cleaned(graded))
    lines = [total(one), *one.problems, *(stage_line(verdict) for verdict in one.verdicts)]
    results = {
        "score": one.points,
        "output": "\n".join(lines),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"seed": one.seed, "locked_down": one.level},
        "tests": [test for verdict in one.verdicts for test in _tests(verdict)],
    }
    return json.dumps(results, indent=2, ensure_ascii=False)


def _tests(verdict: StageVerdict) -> list[dict[str, Any]]:
    return [
        _test(test, verdict.number, f"{verdict.number}.{place}")
        for place, test in enumerate(verdict.tests, start=1)
    ]


def _test(test: TestVerdict, stage: int, number: str) -> dict[str, Any]:
    written = {
        "score": test.points,
        "max_score": test.max_points,
        "name": f"{stage_title(stage)}: {test.name}",
        "number": number,
        "output": "\n\n".join(filter(None, (test.message, test.explanation))),
        "tags": [stage_title(stage)],
        "visibility": "visible",
    }
    if test.unavailable:  # neither passed nor failed: its files are not on this machine
        return written
    return {**written, "status": "passed" if test.outcome == "passed" else "failed"}
