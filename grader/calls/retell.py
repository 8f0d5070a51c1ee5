"""Retell in the reader's language what the process that has the code says in English.

That process may run untrusted code, so it translates nothing: what it says of its own arrives as
English text, which is recognized here. What Python, torch and the code say stays as it is.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from grader.calls.outcome import Raised
from grader.language import mark, tr

_MESSAGES = (
    mark("{file} does not define {function}"),
    mark("no stage is called {stage}"),
    mark("{stage} comes later, so it can't be used here"),
    mark("{stage} isn't one of the stages that this one builds on, so it can't be used here"),
    mark("an earlier stage can't be given a value of type {type}"),
    mark("the gradients of an earlier stage can't be differentiated again"),
    mark("a tensor of {sizes} = {count} entries"),
    mark(
        "breakpoint() has no keyboard here. To debug, run `pytest --pdb tests/{suite}`, or this "
        "test in the test explorer of your editor."
    ),
)
_LINES = (  # of a traceback
    mark("  in {file}, line {line}: {text}"),
    mark("  which calls {function} of the reference ({file})"),
    mark("  ... {count} more calls ..."),
)
_TYPES = (
    mark("dict whose keys are {type}s"),
    mark("number of more than 4300 digits"),
    mark("str with half a surrogate pair"),
    mark("value that nests too deeply or contains itself"),
    mark("tensor on the device 'meta'"),
)
_VALUES = (mark("{type} of {count}"), mark("a long {type}"))  # of a line that raised
_VALUE = re.compile(r"(?<=: )(?:(?:list|tuple|dict) of \d+|a long (?:str|bytes))(?=, |$)")


def retold(raised: Raised) -> Raised:
    """Return an error in the reader's language, to be shown and not to be compared."""
    return replace(
        raised,
        message=_retold(raised.message, _MESSAGES),
        where="\n".join(_retold(line, _LINES) for line in raised.where.split("\n")),
        values=_VALUE.sub(lambda value: _retold(value[0], _VALUES), raised.values),
    )


def retold_type(name: str) -> str:
    """Return the name of a type that can't be sent, in the reader's language."""
    return _retold(name, _TYPES)


def _retold(text: str, messages: Sequence[str]) -> str:
    """Return the translation of a text that one of the messages begot; any other text as it is."""
    for message in messages:
        if found := _pattern(message).fullmatch(text):
            told = tr(message, **found.groupdict())
            return str(told) if told.whole else text
    return text


@cache
def _pattern(message: str) -> re.Pattern[str]:
    """Return what matches a message with anything for its `{names}`."""
    parts = re.split(r"\{(\w+)\}", message)  # text and names in turn
    parts[::2] = map(re.escape, parts[::2])
    parts[1::2] = [f"(?P<{name}>.*?)" for name in parts[1::2]]
    return re.compile("".join(parts), re.DOTALL)
