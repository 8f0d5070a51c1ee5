"""Explain the most common errors in a sentence each: the words of Python and torch assume a lot."""

import re
from collections.abc import Sequence

from grader.calls.outcome import Raised
from grader.language import mark, tr
from grader.suite.usual_errors.keys import KEYS
from grader.suite.usual_errors.names_and_types import NAMES_AND_TYPES, OF_NONE
from grader.suite.usual_errors.shapes import SHAPES
from grader.suite.usual_errors.texts import TEXTS
from grader.suite.usual_errors.torch_calls import TORCH_CALLS

_ANYWHERE = (OF_NONE, *SHAPES, *TORCH_CALLS, *TEXTS, *KEYS)
_IN_REFERENCE = re.compile(r"^  which calls (\w+) of the reference", re.MULTILINE)

_USES_GRAD = r"(?<!autograd)\.grad\b(?!\()"
_PRODUCT = r"mat1 and mat2 shapes cannot be multiplied|size mismatch, got input"
_LINEAR = mark(
    "`F.linear` and `nn.Linear` transpose the weight themselves: its last size must equal the last "
    "size of what it is multiplied with."
)
_NO_GRAD_YET = mark(
    "`.grad` is None until `backward()` has run on a loss that depends on this tensor."
)


def advice_on(raised: Raised) -> str:
    """Return what an error usually means; '' if it isn't one of these."""
    line = _last_line(raised)
    if raised.class_name == "AssertionError" and not re.search(r"\bassert\b", line):
        return ""  # of a library
    if re.search(_PRODUCT, raised.message) and re.search(r"\b[Ll]inear\b", line):
        return tr(_LINEAR)
    if re.search(OF_NONE[1], raised.message) and re.search(_USES_GRAD, line):
        return tr(_NO_GRAD_YET)
    if advice := _usual(raised, _ANYWHERE) or _argument(raised):
        return advice
    return _usual(raised, NAMES_AND_TYPES) if raised.where else ""  # it is about a line of code


def _usual(raised: Raised, table: Sequence[tuple[str, str, str]]) -> str:
    for class_name, message, advice in table:
        found = re.search(message, raised.message)
        if found and re.fullmatch(class_name, raised.class_name):
            return found.expand(tr(advice))
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
