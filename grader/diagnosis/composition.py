"""Make two known mistakes in one call.

A mistake calls the right function with other arguments, or changes its result, or calls a version
that computes the result in steps and changes some of them. Wherever one mistake makes such a call,
the other is called instead, so that both are made. The steps that the first changed are kept until
the version in steps, or the right function, is finally called.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import partial, wraps
from inspect import signature
from typing import Any

from grader.calls.stage_modules import StageModules
from grader.diagnosis.variant import modules_with
from grader.stage import Stage

Function = Callable[..., Any]


class Incompatible(Exception):
    """Two mistakes change the same step, or the second never reaches what the first changed."""


@dataclass
class Steps:
    """Steps of a version that mistakes have changed, and whether they took effect."""

    version: Function | None = None
    changed: dict[str, Any] = field(default_factory=dict)
    used: bool = False

    def fit(self, other: "Steps") -> bool:
        """Return whether two mistakes change different steps of the same version."""
        same_version = self.version == other.version or not (self.changed and other.changed)
        return same_version and not self.changed.keys() & other.changed.keys()

    def and_also(self, other: "Steps") -> "Steps":
        """Return these steps together with those that another mistake changed.

        Raises: Incompatible if they don't fit together.
        """
        if not self.fit(other):
            raise Incompatible
        self.used = True
        return Steps(other.version, self.changed | other.changed)


@dataclass(frozen=True)
class Composed:
    """A function with mistakes in it, some of which are still to be made."""

    right: Function
    to_come: tuple[Function, ...]
    steps: Steps = field(default_factory=Steps)

    def call(self, name: str, args: tuple[Any, ...]) -> Any:
        """Make the next mistake; if none is left, call the right function or its version."""
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
    """Declare that a function computes the same as the stage's function `name`, from the same
    arguments, and that its keyword arguments are steps that mistakes change."""

    def make(version: Function) -> Function:
        @wraps(version)
        def call(*args: Any, **changed: Any) -> Any:
            now = _composed.get({}).get(name)
            if now is None:
                return version(*args, **changed)
            return replace(now, steps=now.steps.and_also(Steps(version, changed))).call(name, args)

        return call

    return make


def open_to_others(name: str, right: Function) -> Function:
    """Return the right function as mistakes call it: other mistakes may be made instead."""

    @wraps(right)
    def call(*args: Any) -> Any:
        now = _composed.get({}).get(name)
        return right(*args) if now is None else now.call(name, args)

    return call


@dataclass(frozen=True)
class _Answer:
    """What a function was called with; it can't be used as a result."""

    args: tuple[Any, ...]
    steps: Steps


@dataclass(frozen=True)
class _Asked(Composed):
    """Returns what it is called with."""

    def call(self, name: str, args: tuple[Any, ...]) -> Any:
        return _Answer(args, self.steps)


class Composer:
    """The reference of a stage, in which mistakes can be made and undone."""

    def __init__(self, reference: StageModules, stage: Stage) -> None:
        self.modules = modules_with(reference, stage, {})
        self._composed: dict[str, Composed] = {}
        space = vars(self.modules.module(stage.number))
        self._right = {function.name: space[function.name] for function in stage.functions}
        space.update({name: partial(self._call, name) for name in self._right})

    def make(self, *mistakes: Mapping[str, Function]) -> None:
        """Make these mistakes in every call from now on, each inside those before it. A mistake is
        given as the functions that it replaces, by name."""
        self._composed = {
            name: Composed(right, tuple(one[name] for one in mistakes if name in one))
            for name, right in self._right.items()
        }

    def passes_on(self, mistake: Mapping[str, Function]) -> bool:
        """Return whether a mistake that was made alone called the right function, so that another
        one can be made inside it."""
        return all(self._composed[name].steps.used for name in mistake)

    def steps_of(self, mistake: Mapping[str, Function]) -> Steps | None:
        """Return the steps that a mistake changes if that is all it does, or else None. The mistake
        is called with bare objects, so that any use of its arguments raises."""
        [(name, wrong)] = mistake.items()
        args = tuple(object() for _ in signature(self._right[name]).parameters)
        token = _composed.set({name: _Asked(wrong, ())})
        try:
            answer = wrong(*args)
        except Exception:
            return None
        finally:
            _composed.reset(token)
        return answer.steps if isinstance(answer, _Answer) and answer.args == args else None

    def _call(self, name: str, *args: Any) -> Any:
        token = _composed.set(self._composed)
        try:
            return self._composed[name].call(name, args)
        finally:
            _composed.reset(token)
