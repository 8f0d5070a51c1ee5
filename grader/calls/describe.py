"""Describe values and calls: short enough for one line, exact enough to repeat them."""

import re
import tempfile
from collections.abc import Sequence
from typing import Any

import torch

from grader.calls.plain_values import dtype_name, tensors_in
from grader.calls.recipe import Recipe
from grader.language import tr

LONGEST = 60
LONGEST_DICT = 80  # with tensors in it
MOST_SHOWN = 9  # entries of a dict: params.json has nine
_DRAWN = re.compile(r"(?<=[/\\])(kata-|tmp)[a-z0-9_]{8}\b")  # a name that `tempfile` draws


def same_everywhere(text: str) -> str:
    """Return a text with the same names of temporary folders on every machine and in every run, so
    that verdicts can be compared, and long texts are cut at the same character."""
    folder = tempfile.gettempdir()
    for written in (folder, repr(folder)[1:-1]):  # on Windows also with its backslashes doubled
        text = text.replace(written, "/tmp")
    return _DRAWN.sub(r"\1...", text)


def shorten(text: str, longest: int = LONGEST) -> str:
    """Cut the middle out of a text that is too long for a line, and name temporary folders as
    `same_everywhere` does."""
    text = same_everywhere(text)
    if len(text) <= longest:
        return text
    half = (longest - 5) // 2
    return f"{text[:half]} ... {text[-half:]}"


def describe(value: Any) -> str:
    """Describe one value: a tensor by its dtype and shape, anything else by its repr."""
    if isinstance(value, Recipe):
        if value.maker == "value":
            return describe(value.args[0])
        return f"<{value.maker}>"
    if isinstance(value, torch.Tensor):
        return f"{dtype_name(value.dtype)} {list(value.shape)}"
    if isinstance(value, (list, tuple)) and next(tensors_in(value), None) is not None:
        items = ", ".join(map(describe, value))
        return shorten(tr("{type} of {items}", type=type(value).__name__, items=items), 250)
    if isinstance(value, dict) and next(tensors_in(value), None) is not None:
        return _dict_with_tensors(value)
    if isinstance(value, dict):
        return _size(value) if len(value) > MOST_SHOWN else shorten(repr(value), 250)
    return shorten(repr(value))


def _dict_with_tensors(value: dict[Any, Any]) -> str:
    """Write out a dict's items if they fit in a line, otherwise only how many there are."""
    if len(value) > MOST_SHOWN:
        return _size(value)
    items = ", ".join(f"{describe(key)}: {describe(item)}" for key, item in value.items())
    return f"{{{items}}}" if len(items) + 2 <= LONGEST_DICT else _size(value)


def _size(value: dict[Any, Any]) -> str:
    return tr("{type} of {count}", type="dict", count=len(value))


def describe_call(name: str, args: Sequence[Any], parameters: Sequence[str]) -> str:
    """Describe a call, with the reference's names for the parameters."""
    shown = list(map(describe, args))
    for index, parameter in enumerate(parameters[: len(args)]):
        separator = ": " if isinstance(args[index], (torch.Tensor, Recipe)) else "="
        shown[index] = f"{parameter}{separator}{shown[index]}"
    return f"{name}({', '.join(shown)})"
