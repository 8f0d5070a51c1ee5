"""Which of a stage's functions and constants a call may use, judged by the names in their code.

A mistake in another function gives what the reference gives there, so it need not be tried.
"""

from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from grader.calls.code_under_test import Call
from grader.calls.recipe import Recipe
from grader.calls.stage_modules import StageModules
from grader.stage import Stage


class Reach:
    """Follows the names in the right code of a stage."""

    def __init__(self, reference: StageModules, stage: Stage) -> None:
        self._reference, self._stage = reference, stage
        self._found: dict[frozenset[str], frozenset[str]] = {}

    def of(self, call: Call) -> frozenset[str]:
        """Return the names of all that a call may use, and of much that it doesn't."""
        named = frozenset({call.callee.name, *_makers(call.callee.made), *_makers(*call.args)})
        if named not in self._found:
            module = self._reference.module(self._stage.number)
            self._found[named] = frozenset(names_used(module, *named))
        return self._found[named]


def names_used(module: ModuleType, *names: str) -> set[str]:
    """Return these names, and those in the code of what they name in a module, and so on."""
    used, left = set[str](), [*names]
    while left:
        name = left.pop()
        if name not in used:
            used.add(name)
            left += _names_in(vars(module).get(name), module)
    return used


def _names_in(value: Any, module: ModuleType) -> Iterator[str]:
    """Yield the names in the code of a function; all of the module's for what hides its code."""
    if isinstance(value, FunctionType) and not value.__closure__:
        yield from _names_in_code(value.__code__)
    elif callable(value) and value.__module__ == module.__name__:
        yield from vars(module)


def _names_in_code(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in_code(constant)


def _makers(*values: Any) -> Iterator[str]:
    """Yield the names of the functions that recipes call."""
    for value in values:
        if isinstance(value, Recipe):
            yield value.maker
            yield from _makers(*value.args)
