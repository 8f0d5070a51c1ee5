"""The mark that makes a function a graded test."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

_ATTRIBUTE = "__kata_grades__"
Test = TypeVar("Test", bound=Callable[..., None])


@dataclass(frozen=True)
class Grades:
    """Which function a test belongs to, and how many points it carries."""

    function: str
    points: int


def grades(function: str, points: int = 0) -> Callable[[Test], Test]:
    """Mark a test: it belongs to `function`, and passing it earns `points`.

    Only tests that compare values carry points; those of shape, purity and other properties count
    for the verdict of the stage alone.
    """

    def mark(test: Test) -> Test:
        setattr(test, _ATTRIBUTE, Grades(function, points))
        return test

    return mark


def grades_of(test: Any) -> Grades | None:
    """Read the mark of a test; None when it has none."""
    return getattr(test, _ATTRIBUTE, None)
