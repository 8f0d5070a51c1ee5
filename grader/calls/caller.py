"""Call a stage's functions in the process that has its code: a worker, or the judging process.

How arguments arrive and results leave is up to subclasses: as bytes (`CallServer`), or unpacked
(`grader.diagnosis.variant`).
"""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import torch

from grader.calls.error_report import describe_error, let_the_user_leave, text_of
from grader.calls.forbid_large_tensors import no_tensor_of
from grader.calls.outcome import CallOutcome, Raised, Returned, WrongType
from grader.calls.plain_values import Unsupported, drained
from grader.calls.recipe import BUILDERS
from grader.calls.stage_modules import StageModules


class Caller(ABC):
    """Calls the functions of one stage's code, and keeps what recipes make."""

    def __init__(self, modules: StageModules) -> None:
        self._modules = modules
        self._own_files: frozenset[str] = frozenset()
        # By recipe, or by its number if recipes come over the wire:
        self._made: dict[Any, Any] = {}  # results
        self._failed: dict[Any, BaseException] = {}  # errors of those that failed
        self._changed_by_recipe: dict[Any, list[int]] = {}  # arguments that following it changed

    @abstractmethod
    def _value(self, argument: Any) -> Any:
        """Return an argument's value, which the code may change."""

    @abstractmethod
    def _has_changed(self, value: Any, argument: Any) -> bool:
        """Return whether a call changed an argument, and restore it if it is shared data."""

    @abstractmethod
    def _leaving(self, result: Any) -> Any:
        """Return a result in the form it leaves in; Unsupported if its type can't be sent."""

    def _call(
        self, callee: Sequence[Any], arguments: Sequence[Any], too_large: int | None = None
    ) -> CallOutcome:
        """Call what `_resolve` finds; whatever the code raises is an outcome, and so is a tensor of
        `too_large` entries."""
        try:
            called = self._resolve(*callee)
            values = [self._value(argument) for argument in arguments]
            with no_tensor_of(too_large):
                result = drained(called(*values))
            before = self._changed_by_recipe.get(callee[-1], [])
            changed = before + self._changed(values, arguments)
            return Returned(self._leaving(result), tuple(changed))
        except Unsupported as error:
            return WrongType(text_of(error))
        except BaseException as error:
            return self._raised(error)

    def _resolve(self, name: str, method: str | None, made: Any) -> Any:
        """Return a function, a method of a constant, or a method of what the recipe `made` made."""
        if made is not None:
            return getattr(self._made_by(made), str(method))
        return self._modules.callee(name, method)

    def _follow(self, recipe: Any, maker: str, needs: Sequence[Any]) -> None:
        """Make what a recipe describes, and keep it."""
        try:
            values = [self._value(argument) for argument in needs]
            if maker in BUILDERS:
                self._made[recipe] = BUILDERS[maker](*values)
            else:
                made = self._modules.find(maker)
                self._made[recipe] = made(*values) if callable(made) else made  # or a constant
                self._changed_by_recipe[recipe] = self._changed(values, needs)
        except BaseException as error:  # raised again in every call that needs it
            let_the_user_leave(error)
            self._failed[recipe] = error

    def _made_by(self, recipe: Any) -> Any:
        """Return what a recipe made."""
        if recipe in self._failed:
            raise self._failed[recipe]
        return self._made[recipe]

    def _changed(self, values: Sequence[Any], arguments: Sequence[Any]) -> list[int]:
        """Return the indices of the arguments that a call changed."""
        pairs = enumerate(zip(values, arguments, strict=True))
        return [index for index, (value, argument) in pairs if self._has_changed(value, argument)]

    def _raised(self, error: BaseException) -> Raised:
        let_the_user_leave(error)
        return describe_error(error, self._own_files)


def on_device(device: str | None) -> contextlib.AbstractContextManager[Any]:
    """Make `device` torch's default device, if one is named."""
    return torch.device(device) if device else contextlib.nullcontext()
