"""Explain the most common errors in a sentence each: the words of Python and torch assume a lot."""

import re
from collections.abc import Sequence

from grader.calls.outcome import Raised
from grader.language import mark, tr
from grader.suite.usual_errors.advise import Advice
from grader.suite.usual_errors.keys import KEYS
from grader.suite.usual_errors.names_and_types import NAMES_AND_TYPES, OF_NONE
from grader.suite.usual_errors.shapes import SHAPES
from grader.suite.usual_errors.texts import TEXTS
from grader.suite.usual_errors.torch_calls import TORCH_CALLS

_ANYWHERE = (*OF_NONE, *SHAPES, *TORCH_CALLS, *TEXTS, *KEYS)
_IN_REFERENCE = re.compile(r"^  which calls (\w+) of the reference", re.MULTILINE)


def advice_on(raised: Raised) -> str:
    """Return what an error usually means; '' if it isn't one of these."""
    if advice := _usual(raised, _ANYWHERE) or _argument(raised):
        return advice
    return _usual(raised, NAMES_AND_TYPES) if raised.where else ""  # it is about a line of code


def _usual(raised: Raised, table: Sequence[Advice]) -> str:
    line = _last_line(raised)
    for row in table:
        found = re.search(row.message, raised.message)
        is_kind = re.fullmatch(row.class_name, raised.class_name) and re.search(row.line, line)
        if found and is_kind:
            return found.expand(tr(row.text))
    return ""


def _argument(raised: Raised) -> str:
    """Say that an argument is to blame if a function of the reference raised; else ''."""
    if called := _IN_REFERENCE.search(raised.where):
        says = mark("{name} itself is right: is each of its arguments what its docstring asks for?")
        return tr(says, name=called[1])
    return ""


def _last_line(raised: Raised) -> str:
    """Return the text of the learner's line that raised; '' if it isn't known."""
    lines = re.findall(r"^  in .*?, line \d+: (.*)", raised.where, re.MULTILINE)
    return lines[-1] if lines else ""
