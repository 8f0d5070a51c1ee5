"""Calling a stage's functions where its code is: in a worker, or in the process that judges.

How arguments come here and results leave is left to subclasses: as bytes (`CallServer`), or as they
are (`grader.diagnosis.variant`).
"""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from grader.calls.error_report import describe_error, let_the_user_leave
from grader.calls.outcome import CallOutcome, Raised, Returned, WrongType
from grader.calls.recipe import BUILDERS
from grader.calls.stage_modules import StageModules
from grader.calls.values import Unsupported, drained


class Caller(ABC):
    """Calls the functions of one stage's code, and keeps what recipes have made."""

    def __init__(self, modules: StageModules, made: Mapping[int, Any] | None = None) -> None:
        """Begin with code, and with followed recipes that are there already."""
        self._modules = modules
        self._own_files: frozenset[str] = frozenset()
        self._made: dict[int, Any] = dict(made or {})  # what each recipe made, by its number
        self._failed: dict[int, BaseException] = {}  # recipes that could not be followed
        self._spoilt: dict[int, list[int]] = {}  # the arguments that following a recipe changed

    @abstractmethod
    def _value(self, argument: Any) -> Any:
        """Return an argument's value, which the code may change."""

    @abstractmethod
    def _has_changed(self, value: Any, argument: Any) -> bool:
        """Return whether a call changed an argument; shared data is then put right for later."""

    @abstractmethod
    def _leaving(self, result: Any) -> Any:
        """Return a result as it leaves.

        Raises:
            Unsupported: when it is of a type that does not travel.
        """

    def _call(
        self, name: str, method: str | None, made: int | None, arguments: Sequence[Any]
    ) -> CallOutcome:
        """Call a function, a method of a constant, or a method of what recipe `made` has made;
        whatever the code raises is an outcome."""
        try:
            called = self._resolve(name, method, made)
            values = [self._value(argument) for argument in arguments]
            result = drained(called(*values))
            changed = self._spoilt.get(made or 0, []) + self._changed(values, arguments)
            return Returned(self._leaving(result), tuple(changed))
        except Unsupported as error:
            return WrongType(str(error))
        except BaseException as error:
            return self._raised(error)

    def _resolve(self, name: str, method: str | None, made: int | None) -> Any:
        if made is not None:
            return getattr(self._made_by(made), str(method))
        return self._modules.callee(name, method)

    def _follow(self, number: int, maker: str, needs: Sequence[Any]) -> None:
        """Make what a recipe describes, and keep it under the recipe's number."""
        try:
            values = [self._value(argument) for argument in needs]
            if maker in BUILDERS:
                self._made[number] = BUILDERS[maker](*values)
            else:
                made = self._modules.find(maker)
                self._made[number] = made(*values) if callable(made) else made  # or a constant
                self._spoilt[number] = self._changed(values, needs)
        except BaseException as error:  # every call that needs it fails like this
            let_the_user_leave(error)
            self._failed[number] = error

    def _made_by(self, number: int) -> Any:
        """Return what a recipe made."""
        if number in self._failed:
            raise self._failed[number]
        return self._made[number]

    def _changed(self, values: Sequence[Any], arguments: Sequence[Any]) -> list[int]:
        """Return the places of the arguments that a call has changed."""
        pairs = enumerate(zip(values, arguments, strict=True))
        return [place for place, (value, argument) in pairs if self._has_changed(value, argument)]

    def _raised(self, error: BaseException) -> Raised:
        let_the_user_leave(error)
        return describe_error(error, self._own_files)


def on_device(device: str | None) -> contextlib.AbstractContextManager[Any]:
    """Make `device` torch's default device, where one is named."""
    return torch.device(device) if device else contextlib.nullcontext()
