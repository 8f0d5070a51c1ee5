"""Mark the graded tests of a stage, and find them in a suite."""

import importlib.util
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

_GRADED, _REAL = "__kata_graded__", "__kata_real__"
Test = TypeVar("Test", bound=Callable[..., None])


@dataclass(frozen=True)
class GradedTest:
    """One graded test: its function, its points, whether it is hidden, and its fixtures."""

    name: str
    function: str
    points: int
    hidden: bool
    run: Callable[..., None]
    fixtures: tuple[str, ...]


def grades(function: str, points: int = 0, hidden: bool = False) -> Callable[[Test], Test]:
    """Mark a test as one of `function` that is worth `points`.

    Only tests that compare values carry points; those of shape, purity and other properties count
    only for the verdict of the stage. A hidden test is left out of handouts, and learners see only
    its points; in the kata itself it is a test like any other.
    """

    def mark(test: Test) -> Test:
        fixtures = tuple(inspect.signature(test).parameters)
        graded = GradedTest(test.__name__, function, points, hidden, test, fixtures)
        setattr(test, _GRADED, graded)
        return test

    return mark


def graded_test(function: Any) -> GradedTest | None:
    """Return the graded test that a function was marked as; None if it wasn't."""
    return getattr(function, _GRADED, None)


def real(test: Test) -> Test:
    """Mark a test that needs the files of the real model; `pytest -m real` runs those alone."""
    setattr(test, _REAL, True)
    return test


def is_real(test: Any) -> bool:
    """Return whether a test needs the files of the real model."""
    return getattr(test, _REAL, False)


@cache
def collect(suite: Path) -> tuple[GradedTest, ...]:
    """Return the graded tests of a suite in file order; the file is imported once per process.

    Raises: OSError if the file is missing, and whatever running it raises.
    """
    return tuple(filter(None, map(graded_test, vars(_load(suite)).values())))


def visible_tests(suite: Path) -> list[GradedTest]:
    """Return the tests of a suite that a class may see."""
    return [test for test in collect(suite) if not test.hidden]


def _load(suite: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(suite.stem, suite)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
