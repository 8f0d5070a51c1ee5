"""Finding the graded tests of a stage in its suite."""

import importlib.util
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from grader.suite.marks import grades_of


@dataclass(frozen=True)
class GradedTest:
    """One test function, what it belongs to, and the fixtures it asks for."""

    name: str
    function: str
    points: int
    hidden: bool
    run: Callable[..., None]
    fixtures: tuple[str, ...]


@cache
def collect(suite: Path) -> tuple[GradedTest, ...]:
    """Give the graded tests of a suite in the order of the file."""
    tests = []
    for name, member in vars(_load(suite)).items():
        mark = grades_of(member)
        if mark and name.startswith("test_"):
            fixtures = tuple(inspect.signature(member).parameters)
            graded = mark.function, mark.points, mark.hidden
            tests.append(GradedTest(name, *graded, member, fixtures))
    return tuple(tests)


def visible_tests(suite: Path) -> list[GradedTest]:
    """Give the tests of a suite that a class may see."""
    return [test for test in collect(suite) if not test.hidden]


def _load(suite: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(suite.stem, suite)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
