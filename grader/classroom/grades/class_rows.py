"""The people of a class, each with a grade or none: one row of every gradebook per person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from grader.classroom.grades.grade import OVERRIDDEN, Grade, Grading
from grader.classroom.grades.people import Identities, identities_of
from grader.classroom.grades.points import Points
from grader.classroom.grades.rules import NO_RULES, AbsentAs, GradeRules
from grader.classroom.roster import Student
from grader.classroom.safe_copies import TeacherCopy, plain_columns

PENDING = "An open submission may be this person's"


@dataclass(frozen=True)
class ClassRow:
    """One person of a class; or a submission that nobody in the roster matches."""

    name: str  # as people read it
    columns: dict[str, str]  # the roster's; empty if nobody there matches, or without a roster
    result: TeacherCopy | None  # None if the person handed in nothing; and in a row of several runs
    remarks: tuple[str, ...] = ()  # what the grade depends on besides the tests, a sentence each
    grade: Grade | None = None  # None if nothing was handed in or graded: that is not a zero
    is_pending: bool = False  # whether a submission that is open may be this person's

    @property
    def is_absent(self) -> bool:
        """Whether the person handed in nothing."""
        counted = self.grade.parts.values() if self.grade else ()
        return self.result is None and all(points is None for points in counted)

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


def grades_of(rows: Iterable[ClassRow]) -> list[Grade]:
    """Return the grades of those who handed in something that was graded."""
    return [row.grade for row in rows if row.grade and not row.is_absent]


def class_rows(
    graded: Iterable[TeacherCopy],
    absent: Sequence[dict[str, str]],
    absent_as: AbsentAs = "empty",
    pending: Sequence[dict[str, str]] = (),
    rules: GradeRules = NO_RULES,
) -> tuple[ClassRow, ...]:
    """Return the rows of a class: those who handed in, by submission, and then the others.

    Args:
        absent: the roster's columns of those without a submission.
        absent_as: whether they have no points or zero.
        pending: those of them who may own a submission that is open; they never get a zero.
        rules: how the points of tests become grades.
    """
    rows = []
    for one in graded:
        for columns in one.students:
            name = one.name if len(one.students) == 1 else Student(columns).name
            rows.append(ClassRow(name, columns, one))
        if not one.students:
            rows.append(ClassRow(one.name, {}, one))
    grading = Grading(rules, _possible(rows))
    graded_rows = [_with_grade(row, grading) for row in rows]
    for columns in absent:
        plain, is_pending = plain_columns(columns), columns in pending
        row = _with_grade(ClassRow(Student(plain).name, plain, None), grading)
        if is_pending and not is_decided(row):
            row = replace(row, remarks=(*row.remarks, PENDING), is_pending=True)
        elif row.grade is None and absent_as == "zero":
            row = replace(row, grade=grading.zero)
        graded_rows.append(row)
    return tuple(graded_rows)


def is_decided(row: ClassRow) -> bool:
    """Return whether the teacher has decided the whole grade, so that no submission changes it."""
    return any(remark.startswith(OVERRIDDEN) for remark in row.remarks)


def _possible(rows: Sequence[ClassRow]) -> dict[int, int]:
    """Return the points that the tests of each graded stage can give."""
    verdicts = [one for row in rows if row.result for one in row.result.verdicts]
    numbers = sorted({one.number for one in verdicts})
    return {
        number: max(one.max_points for one in verdicts if one.number == number)
        for number in numbers
    }


def _with_grade(row: ClassRow, grading: Grading) -> ClassRow:
    verdicts, when = (row.result.verdicts, row.result.handed_in) if row.result else ((), "")
    grade, remarks = grading.grade(verdicts, when, row.identities)
    return replace(row, grade=grade, remarks=remarks)
