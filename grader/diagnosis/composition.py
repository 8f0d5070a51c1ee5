"""Two known mistakes made in one call.

A mistake calls the right function with other arguments, or does something to its result, or calls a
version of it that is worked out in steps, with some of them changed. Wherever one mistake does so,
the other can be made too: it is called in that place. The steps that the first has changed wait
until the worked-out version, or the right function, is called in the end.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import partial, wraps
from typing import Any

from grader.calls.stage_modules import StageModules
from grader.diagnosis.variant import modules_with
from grader.stage import Stage

Function = Callable[..., Any]


class Incompatible(Exception):
    """Two mistakes change one step, or the second never comes to what the first has changed."""


@dataclass
class Steps:
    """Steps of a worked-out version that mistakes have changed, and whether they took effect."""

    version: Function | None = None
    changed: dict[str, Any] = field(default_factory=dict)
    used: bool = False

    def and_also(self, version: Function, changed: dict[str, Any]) -> "Steps":
        """Return these steps and those that another mistake has changed."""
        if self.changed and (self.version != version or self.changed.keys() & changed.keys()):
            raise Incompatible
        self.used = True
        return Steps(version, self.changed | changed)


@dataclass(frozen=True)
class Composed:
    """A function with mistakes in it, some of which are still to be made."""

    right: Function
    to_come: tuple[Function, ...]
    steps: Steps = field(default_factory=Steps)

    def call(self, name: str, args: tuple[Any, ...]) -> Any:
        """Make the next mistake; where none is left, call the right function, or its version."""
        if not self.to_come:
            self.steps.used = True
            return (self.steps.version or self.right)(*args, **self.steps.changed)
        first, *others = self.to_come
        rest = replace(self, to_come=tuple(others))
        token = _composed.set({**_composed.get({}), name: rest})
        try:
            result = first(*args)
        finally:
            _composed.reset(token)
        if self.steps.changed and not self.steps.used:
            raise Incompatible
        return result


_composed: ContextVar[Mapping[str, Composed]] = ContextVar("_composed")  # functions, by name


def worked_out(name: str) -> Callable[[Function], Function]:
    """Declare that a function does the same as the stage's function `name`, with the same
    arguments, and that what it takes by keyword are steps that mistakes change."""

    def make(version: Function) -> Function:
        @wraps(version)
        def call(*args: Any, **changed: Any) -> Any:
            now = _composed.get({}).get(name)
            if now is None:
                return version(*args, **changed)
            return replace(now, steps=now.steps.and_also(version, changed)).call(name, args)

        return call

    return make


def open_to_others(name: str, right: Function) -> Function:
    """Return the right function as mistakes call it: others may be made in its place."""

    @wraps(right)
    def call(*args: Any) -> Any:
        now = _composed.get({}).get(name)
        return right(*args) if now is None else now.call(name, args)

    return call


def modules_with_all(
    reference: StageModules, stage: Stage, made: tuple[Mapping[str, Any], ...]
) -> StageModules:
    """Return the reference up to a stage with several mistakes made in it, the first outermost.

    Args:
        made: the functions of `stage` that each mistake replaces, by name.
    """
    modules = modules_with(reference, stage, {})
    space = vars(modules.module(stage.number))
    names = {name for replaces in made for name in replaces}
    composed = {
        name: Composed(space[name], tuple(one[name] for one in made if name in one))
        for name in names
    }
    space.update({name: partial(_enter, composed, name) for name in names})
    return modules


def _enter(composed: Mapping[str, Composed], name: str, *args: Any) -> Any:
    token = _composed.set(composed)
    try:
        return composed[name].call(name, args)
    finally:
        _composed.reset(token)
