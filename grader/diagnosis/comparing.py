"""Compare plain values, and write them in a few words."""

from typing import Any

from grader.calls.describe import shorten
from grader.calls.plain_values import identical
from grader.language import Words, tr

FEWEST = 3  # items that a relation must hold for if only one call shows it
_SHOWN = 60  # characters


class OfOneItem(Words):
    """A relation that speaks of one item of a result; one of the whole result says more."""


def of_one_item(words: Words) -> OfOneItem:
    return OfOneItem.of(words, words.english, words.whole)


def alike(one: Any, other: Any) -> bool:
    """Return whether two plain values are equal and of the same type."""
    try:
        return identical(one, other)
    except (RecursionError, RuntimeError):
        return False


def short(value: Any) -> str:
    return shorten(repr(value), _SHOWN)


def off_by(apart: float) -> Words:
    """Write a difference, such as `3 too high`."""
    if apart > 0:
        return tr("{number} too high", number=abs(apart))
    return tr("{number} too low", number=abs(apart))


def instead(came: str, belongs: str) -> OfOneItem:
    return of_one_item(tr("{value} instead of {expected}", value=came, expected=belongs))


def key_of(item: Any) -> str:
    return f"{type(item).__name__} {item!r}"


def is_number(value: Any) -> bool:
    return type(value) in (int, float) and value == value and abs(value) != float("inf")
