"""The people of a class, each with a result or none: one row of every gradebook per person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.classroom.exports.safe_copies import TeacherCopy, plain_columns
from grader.classroom.roster import Student
from grader.classroom.run_settings import AbsentAs

_PENDING = "A submission that matches nobody may be this person's"


@dataclass(frozen=True)
class ClassRow:
    """One person of a class; or a submission that nobody in the roster matches."""

    name: str  # as people read it
    columns: dict[str, str]  # the roster's; empty if nobody there matches, or without a roster
    result: TeacherCopy | None  # None if the person handed in nothing
    remarks: tuple[str, ...] = ()  # what the points depend on besides the result, a sentence each
    absent_points: int | None = None  # of somebody who handed in nothing

    @property
    def is_absent(self) -> bool:
        return self.result is None

    @property
    def points(self) -> int | None:
        """The points; None if nothing was graded, because no grade is not a zero."""
        if self.result is None:
            return self.absent_points
        return self.result.points if self.result.was_graded else None


def class_rows(
    graded: Iterable[TeacherCopy],
    absent: Sequence[dict[str, str]],
    absent_as: AbsentAs = "empty",
    pending: Sequence[dict[str, str]] = (),
) -> tuple[ClassRow, ...]:
    """Return the rows of a class: those who handed in, by submission, and then the others.

    Args:
        absent: the roster's columns of those without a submission.
        absent_as: whether they have no points or zero.
        pending: those of them who may own a submission that is open; they never get a zero.
    """
    rows = []
    for one in graded:
        for columns in one.students:
            name = one.name if len(one.students) == 1 else Student(columns).name
            rows.append(ClassRow(name, columns, one))
        if not one.students:
            rows.append(ClassRow(one.name, {}, one))
    for columns in absent:
        plain, is_pending = plain_columns(columns), columns in pending
        remarks = (_PENDING,) if is_pending else ()
        points = 0 if absent_as == "zero" and not is_pending else None
        rows.append(ClassRow(Student(plain).name, plain, None, remarks, points))
    return tuple(rows)
