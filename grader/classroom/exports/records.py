"""The records of one submission: whole as JSON for the teacher, and as JUnit XML for tools."""

import json

from grader.classroom.exports.safe_text import StudentCopy, TeacherCopy
from grader.report.junit import as_junit
from grader.verdict import Report, stage_as_dict


def as_whole_json(one: TeacherCopy) -> str:
    """Write everything, hidden tests and all; stages are as `grader check` prints them."""
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


def as_submission_junit(one: StudentCopy) -> str:
    """Write the verdicts as `grader check --format junit` writes a report."""
    return as_junit(Report(one.seed, one.key, one.verdicts), locked_down=one.level)
