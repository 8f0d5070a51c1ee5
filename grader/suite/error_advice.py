"""Explain the most common errors in a sentence each: the words of Python and torch assume a lot."""

import re

from grader.calls.outcome import Raised
from grader.language import mark, tr
from grader.suite.usual_errors.names_and_types import NAMES_AND_TYPES
from grader.suite.usual_errors.shapes import SHAPES
from grader.suite.usual_errors.texts import TEXTS
from grader.suite.usual_errors.torch_calls import TORCH_CALLS

_OF_NONE = r"'?NoneType'?"
_ADVICE = (*SHAPES, *TORCH_CALLS, *TEXTS, *NAMES_AND_TYPES)

_USES_GRAD = r"(?<!autograd)\.grad\b(?!\()"
_NO_GRAD_YET = mark(
    "`.grad` is None until `backward()` has run on a loss that depends on this tensor."
)


def advice_on(raised: Raised) -> str:
    """Return what an error usually means; '' if it isn't one of these."""
    if re.search(_OF_NONE, raised.message) and re.search(_USES_GRAD, _last_line(raised)):
        return tr(_NO_GRAD_YET)
    for class_name, message, advice in _ADVICE:
        found = re.search(message, raised.message)
        if found and re.fullmatch(class_name, raised.class_name):
            return found.expand(tr(advice))
    return ""


def _last_line(raised: Raised) -> str:
    """Return the text of the learner's line that raised; '' if it isn't known."""
    lines = re.findall(r"^  in .*?, line \d+: (.*)", raised.where, re.MULTILINE)
    return lines[-1] if lines else ""
