"""One submission as JSON, whole: the teacher's record, hidden tests and all."""

import json

from grader.classroom.exports.clean import cleaned
from grader.classroom.graded_submission import GradedSubmission
from grader.verdict import stage_as_dict


def as_whole_json(graded: GradedSubmission) -> str:
    """Write everything about one submission; its stages are as `grader check` prints them."""
    one = cleaned(graded)
    record = {
        "version": 1,
        "submission": one.key,
        "name": one.name,
        "student": one.student,
        "seed": one.seed,
        "locked_down": one.level,
        "points": one.points,
        "max_points": one.max_points,
        "problems": one.problems,
        "stages": [stage_as_dict(verdict) for verdict in one.verdicts],
    }
    return json.dumps(record, indent=2, ensure_ascii=False)
