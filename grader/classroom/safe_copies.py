"""Copies of a graded submission that are safe to show: one for the teacher, one for the student.

Names, messages and printed text are made plain here, once. With the two types, mypy checks that
every export receives such a copy.
"""

from dataclasses import replace
from typing import NewType

from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.hand_in import Person
from grader.report.plain_text import one_line, plain_stage
from grader.verdict import StageVerdict, TestVerdict

TeacherCopy = NewType("TeacherCopy", GradedSubmission)
StudentCopy = NewType("StudentCopy", GradedSubmission)

HIDDEN = "This test is hidden."


def teacher_copy(graded: GradedSubmission) -> TeacherCopy:
    """Return a copy in which all untrusted text is plain, and names are on one line."""
    return TeacherCopy(
        replace(
            graded,
            key=one_line(graded.key),
            name=one_line(graded.name),
            students=tuple(map(plain_columns, graded.students)),
            level=one_line(graded.level),
            verdicts=tuple(map(plain_stage, graded.verdicts)),
            problems=tuple(map(one_line, graded.problems)),
            hand_in=one_line(graded.hand_in),
            hand_in_files=tuple(map(one_line, graded.hand_in_files)),
            people=tuple(map(_plain_person, graded.people)),
        )
    )


def student_copy(graded: GradedSubmission) -> StudentCopy:
    """Return a teacher's copy with only the names, outcomes and points of hidden tests."""
    one = teacher_copy(graded)
    return StudentCopy(replace(one, verdicts=tuple(map(_without_hidden, one.verdicts))))


def plain_columns(columns: dict[str, str]) -> dict[str, str]:
    """Return a student's row of the roster with every text plain and on one line."""
    return {one_line(title): one_line(value) for title, value in columns.items()}


def _plain_person(person: Person) -> Person:
    return Person(one_line(person.name), tuple((kind, one_line(id_)) for kind, id_ in person.ids))


def _without_hidden(verdict: StageVerdict) -> StageVerdict:
    tests = tuple(_silent(test) if test.hidden else test for test in verdict.tests)
    # Code can print the inputs it is called with, and nothing tells which test they belong to.
    has_hidden = any(test.hidden for test in tests)
    return replace(verdict, tests=tests, printed="" if has_hidden else verdict.printed)


def _silent(test: TestVerdict) -> TestVerdict:
    message = "" if test.outcome == "passed" else HIDDEN
    silent = replace(test, message=message, mistake=None, explanation="")
    return replace(silent, mistakes=(), located=None)
