"""Copies of a graded submission that are safe to show: one for teachers, one for its student.

Names, messages and what code prints can hold characters that act instead of being read. They are
taken out here, once; the two types let mypy see that an export is given such a copy.
"""

import re
from dataclasses import replace
from typing import NewType

from grader.classroom.graded_submission import GradedSubmission
from grader.verdict import StageVerdict, TestVerdict

TeacherCopy = NewType("TeacherCopy", GradedSubmission)
StudentCopy = NewType("StudentCopy", GradedSubmission)

HIDDEN = "This test is hidden."
# The forms of ECMA-48: strings up to their end mark, control sequences, other escapes.
_ESCAPE = re.compile(
    r"\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|\x1b[ -/]*[0-~]"
)
# Control characters (C0, C1), marks that turn the direction of what follows, and what is no
# character at all: half of a surrogate pair, U+FFFE, U+FFFF.
_NOT_TEXT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def plain(text: str) -> str:
    """Return a text without terminal escapes and control characters, save tabs and line ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NOT_TEXT.sub("", _ESCAPE.sub("", lines))


def one_line(text: str) -> str:
    """Return a text made plain, on one line, without space around it."""
    return " ".join(plain(text).split())


def teacher_copy(graded: GradedSubmission) -> TeacherCopy:
    """Return a submission with all untrusted text made plain, and names on one line."""
    return TeacherCopy(
        replace(
            graded,
            key=one_line(graded.key),
            name=one_line(graded.name),
            student={one_line(key): one_line(value) for key, value in graded.student.items()},
            level=one_line(graded.level),
            verdicts=tuple(map(_plain_stage, graded.verdicts)),
            problems=tuple(map(one_line, graded.problems)),
        )
    )


def student_copy(graded: GradedSubmission) -> StudentCopy:
    """Return a teacher's copy less what hidden tests say: only their names, outcomes and points."""
    one = teacher_copy(graded)
    return StudentCopy(replace(one, verdicts=tuple(map(_without_hidden, one.verdicts))))


def _plain_stage(verdict: StageVerdict) -> StageVerdict:
    tests = tuple(replace(test, message=plain(test.message)) for test in verdict.tests)
    return replace(verdict, tests=tests, printed=plain(verdict.printed))


def _without_hidden(verdict: StageVerdict) -> StageVerdict:
    tests = tuple(_silent(test) if test.hidden else test for test in verdict.tests)
    # Code can print the inputs it is called with, and nobody knows which test they belong to.
    has_hidden = any(test.hidden for test in tests)
    return replace(verdict, tests=tests, printed="" if has_hidden else verdict.printed)


def _silent(test: TestVerdict) -> TestVerdict:
    message = "" if test.outcome == "passed" else HIDDEN
    return replace(test, message=message, mistake=None, explanation="")
