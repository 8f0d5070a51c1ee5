"""The shape that Canvas imports: Grades, Import.

A student is matched by ID, then SIS User ID, then SIS Login ID, then by name, so a roster that was
exported from Canvas is best. The title of an assignment that exists ends with its number in
brackets, `Llama 3 kata (1234)`; any other makes a new one.
"""

from collections.abc import Sequence

from grader.classroom.exports.csv_text import as_csv, of_student
from grader.classroom.graded_submission import GradedSubmission

_IDENTITY = ("ID", "SIS User ID", "SIS Login ID", "Section")


def as_canvas(graded: Sequence[GradedSubmission], assignment: str) -> str:
    """Write the totals of a class as one Canvas assignment; no total where nothing was graded."""
    possible = max((one.max_points for one in graded), default=0)
    head = ["Student", *_IDENTITY, assignment]
    rows = [_row(one) for one in graded]
    # Canvas itself indents this cell, and knows the row by it.
    return as_csv([head]) + f"    Points Possible,,,,,{possible}\n" + as_csv(rows)


def _row(one: GradedSubmission) -> list[str | int]:
    student = of_student(one.student, "Student") or one.name
    identity = [of_student(one.student, column) for column in _IDENTITY]
    return [student, *identity, one.points if one.was_graded else ""]
