"""The people of a class, each with a result or none: one row of every gradebook per person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.classroom.exports.safe_copies import TeacherCopy, plain_columns
from grader.classroom.roster import Student


@dataclass(frozen=True)
class ClassRow:
    """One person of a class; or a submission that nobody in the roster matches."""

    name: str  # as people read it
    columns: dict[str, str]  # the roster's; empty if nobody there matches, or without a roster
    result: TeacherCopy | None  # None if the person handed in nothing
    remarks: tuple[str, ...] = ()  # what the points depend on besides the result, a sentence each

    @property
    def is_absent(self) -> bool:
        return self.result is None

    @property
    def points(self) -> int | None:
        """The points; None if nothing was handed in or graded, because no grade is not a zero."""
        return self.result.points if self.result and self.result.was_graded else None


def class_rows(
    graded: Iterable[TeacherCopy], absent: Sequence[dict[str, str]]
) -> tuple[ClassRow, ...]:
    """Return the rows of a class: those who handed in, by submission, and then the others.

    Args:
        absent: the roster's columns of those who handed in nothing.
    """
    rows = []
    for one in graded:
        for columns in one.students:
            name = one.name if len(one.students) == 1 else Student(columns).name
            rows.append(ClassRow(name, columns, one))
        if not one.students:
            rows.append(ClassRow(one.name, {}, one))
    for columns in map(plain_columns, absent):
        rows.append(ClassRow(Student(columns).name, columns, None))
    return tuple(rows)
