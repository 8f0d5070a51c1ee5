"""Why the reference is written so: a section of the lesson."""

import re

from grader.home import Kata
from grader.learn.lesson import lesson_text
from grader.stages import Stage

_SECTION = re.compile(r"^## Why the reference is written so\s+(.*?)(?=^## |\Z)", re.MULTILINE | re.S)


def why_so(kata: Kata, stage: Stage) -> str:
    """Give the sentences of a stage's lesson on why the reference is written as it is; empty when
    the lesson has none."""
    found = _SECTION.search(lesson_text(kata, stage))
    return " ".join(found[1].split()) if found else ""
