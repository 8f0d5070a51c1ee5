"""The shape that Moodle imports: Grades, Import, CSV file.

The teacher maps one of the first three columns to a user field, the fourth to the grade item and
the last to its feedback. Moodle refuses a grade above the item's maximum: set it to the total.
"""

from collections.abc import Sequence

from grader.classroom.exports.csv_text import as_csv, of_student
from grader.classroom.exports.words import stage_line, total
from grader.classroom.graded_submission import GradedSubmission


def as_moodle(graded: Sequence[GradedSubmission], item: str) -> str:
    """Write the totals of a class as one grade item with feedback; a blank is no grade."""
    head = ["username", "idnumber", "email", item, "feedback"]
    return as_csv([head, *(_row(one) for one in graded)])


def _row(one: GradedSubmission) -> list[str | int]:
    return [
        of_student(one.student, "username"),
        of_student(one.student, "idnumber", "ID number"),
        of_student(one.student, "email", "Email address", "e-mail"),
        one.points if one.was_graded else "",
        _feedback(one),
    ]


def _feedback(one: GradedSubmission) -> str:
    unfinished = [stage_line(verdict) for verdict in one.verdicts if verdict.status != "passed"]
    return ". ".join([total(one), *unfinished, *one.problems])
