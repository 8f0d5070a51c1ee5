"""Classroom 50's `result.json`: `classroom50/result/v1`.

Format: `schemas/result-v1.schema.json` of github.com/foundation50/classroom50. It knows no other
top-level keys, takes whole points alone, and allows more keys in a test.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from grader.classroom.exports.clean import cleaned
from grader.classroom.exports.redact import redacted
from grader.classroom.exports.words import stage_title
from grader.classroom.graded_submission import GradedSubmission
from grader.verdict import TestVerdict


@dataclass(frozen=True)
class HandIn:
    """What Classroom 50 knows of a submission, as its runner gives it in the environment.

    Attributes:
        submission: the tag, `submit/...`.
        commit, release, review: addresses of pages on GitHub.
        datetime: when it was handed in, `2026-06-01T14:33:11Z`.
        graded_at: when it was graded, in the same form.
    """

    classroom: str
    assignment: str
    assignment_type: Literal["individual", "group", "team"]
    owner: str
    submission: str
    commit: str
    release: str
    review: str
    datetime: str
    graded_at: str


def as_classroom50(graded: GradedSubmission, hand_in: HandIn) -> str:
    """Write one submission as `result.json`."""
    one = redacted(cleaned(graded))
    result = {
        "schema": "classroom50/result/v1",
        **asdict(hand_in),
        "score": one.points,
        "max-score": one.max_points,
        "tests": [
            _test(test, verdict.number)
            for verdict in one.verdicts
            for test in verdict.tests
            if not test.unavailable  # one test that has not passed is a failure of the whole there
        ],
    }
    return json.dumps(result, indent=2, ensure_ascii=False)


def _test(test: TestVerdict, stage: int) -> dict[str, Any]:
    return {
        "test-name": f"{stage_title(stage)}: {test.name}",
        "passed": test.outcome == "passed",
        "score": test.points,
        "max-score": test.max_points,
        "message": "\n\n".join(filter(None, (test.message, test.explanation))),
    }
