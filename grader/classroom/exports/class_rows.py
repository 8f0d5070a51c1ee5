"""The people of a class, each with a grade or none: one row of every gradebook per person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from grader.classroom.exports.safe_copies import TeacherCopy, plain_columns
from grader.classroom.grades.grade import Grade, Grading
from grader.classroom.grades.people import Identities, identities_of
from grader.classroom.grades.points import Points
from grader.classroom.grades.rules import GradeRules
from grader.classroom.roster import Student


@dataclass(frozen=True)
class ClassRow:
    """One person of a class; or a submission that nobody in the roster matches."""

    name: str  # as people read it
    columns: dict[str, str]  # the roster's; empty if nobody there matches, or without a roster
    result: TeacherCopy | None  # None if the person handed in nothing
    remarks: tuple[str, ...] = ()  # what the grade depends on besides the tests, a sentence each
    grade: Grade | None = None  # None if nothing was handed in or graded: that is not a zero

    @property
    def is_absent(self) -> bool:
        return self.result is None

    @property
    def points(self) -> Points | None:
        """The points that count; None if there is no grade."""
        return self.grade.points if self.grade else None

    @property
    def total(self) -> str:
        """The grade in words."""
        return str(self.grade or "not graded")

    @property
    def identities(self) -> Identities:
        """Everything that the person is called, as returned by `words_of`."""
        return identities_of([self.name, *([self.result.key] if self.result else [])], self.columns)


def parts_of(rows: Iterable[ClassRow]) -> list[str]:
    """Return the names of what grades are made of: stages, or several runs."""
    return list(dict.fromkeys(name for row in rows if row.grade for name in row.grade.parts))


def class_rows(
    graded: Iterable[TeacherCopy], absent: Sequence[dict[str, str]], rules: GradeRules | None = None
) -> tuple[ClassRow, ...]:
    """Return the rows of a class: those who handed in, by submission, and then the others.

    Args:
        absent: the roster's columns of those who handed in nothing.
        rules: how the points of tests become grades; None if they are the grades.
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
    return _with_grades(rows, rules or GradeRules())


def _with_grades(rows: Sequence[ClassRow], rules: GradeRules) -> tuple[ClassRow, ...]:
    verdicts = [one for row in rows if row.result for one in row.result.verdicts]
    possible: dict[int, int] = {}
    for verdict in verdicts:
        possible[verdict.number] = max(verdict.max_points, possible.get(verdict.number, 0))
    grading, graded = Grading(rules, possible), []
    for row in rows:
        of, when = (row.result.verdicts, row.result.handed_in) if row.result else ((), "")
        grade, remarks = grading.grade(of, when, row.identities)
        graded.append(replace(row, grade=grade, remarks=remarks))
    return tuple(graded)
