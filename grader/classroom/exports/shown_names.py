"""What people are called in lists that a teacher reads: two of one name, with an id of each."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.grades.class_rows import ClassRow
from grader.classroom.roster import Roster, Student


def with_distinct_names(rows: Sequence[ClassRow]) -> list[ClassRow]:
    """Return rows in which people of the same name have an id behind it."""
    roster = _roster_of(row.columns for row in rows)
    return [replace(row, name=_shown(row.name, row.columns, roster)) for row in rows]


def shown_names(graded: Sequence[GradedSubmission]) -> list[str]:
    """Return what to call each submission; one of a group has the names of all."""
    roster = _roster_of(columns for one in graded for columns in one.students)
    return [
        _shown(one.name, one.students[0], roster) if len(one.students) == 1 else one.name
        for one in graded
    ]


def _roster_of(people: Iterable[dict[str, str]]) -> Roster:
    return Roster(tuple(Student(columns) for columns in people if columns))


def _shown(name: str, columns: dict[str, str], roster: Roster) -> str:
    student = Student(columns)
    return roster.label(student) if student.name == name else name
