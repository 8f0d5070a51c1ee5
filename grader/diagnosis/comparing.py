"""Plain values side by side: whether they are the same, and how they are written."""

from typing import Any

from grader.calls.describe import shorten
from grader.calls.plain_values import identical

FEWEST = 3  # items that a relation must hold for where only one call shows it
_SHOWN = 60  # characters


def alike(one: Any, other: Any) -> bool:
    """Return whether two plain values are the same, in type too."""
    try:
        return identical(one, other)
    except (RecursionError, RuntimeError):
        return False


def short(value: Any) -> str:
    return shorten(repr(value), _SHOWN)


def more(apart: float) -> str:
    return "more" if apart > 0 else "less"


def key_of(item: Any) -> str:
    return f"{type(item).__name__} {item!r}"


def is_number(value: Any) -> bool:
    return type(value) in (int, float) and value == value and abs(value) != float("inf")
