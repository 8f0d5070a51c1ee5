"""Why the reference is written as it is: a section of each lesson."""

import re

from grader.home import Kata
from grader.learn.lesson import lesson_text
from grader.stages import Stage

_SECTION = re.compile(r"^## Why the reference is written so\n(?P<text>.*?)^## ", re.M | re.S)


def why_so(kata: Kata, stage: Stage) -> str:
    """Give the sentences of a lesson on why the reference is written so, on one line; empty when
    the stage has no code.

    Raises:
        UsageError: when the lesson's file is not there.
    """
    found = _SECTION.search(lesson_text(kata, stage))
    return " ".join(found["text"].split()) if found else ""
