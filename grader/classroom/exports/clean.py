"""Strangers' text without the characters that act instead of being read."""

import re
from dataclasses import replace

from grader.classroom.graded_submission import GradedSubmission
from grader.verdict import StageVerdict

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
    """Give a text without terminal escapes and control characters; tabs and line ends stay."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NOT_TEXT.sub("", _ESCAPE.sub("", lines))


def one_line(text: str) -> str:
    """Give a text as `plain` does, on one line, without space around it."""
    return " ".join(plain(text).split())


def cleaned(graded: GradedSubmission) -> GradedSubmission:
    """Give a graded submission with all its strangers' text made plain, names on one line."""
    return replace(
        graded,
        key=one_line(graded.key),
        name=one_line(graded.name),
        student={one_line(key): one_line(value) for key, value in graded.student.items()},
        level=one_line(graded.level),
        verdicts=tuple(_clean_stage(verdict) for verdict in graded.verdicts),
        problems=tuple(one_line(problem) for problem in graded.problems),
    )


def _clean_stage(verdict: StageVerdict) -> StageVerdict:
    tests = tuple(replace(test, message=plain(test.message)) for test in verdict.tests)
    return replace(verdict, tests=tests, printed=plain(verdict.printed))
