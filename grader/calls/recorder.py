"""Record what a stage's code computes during one call, as plain values within limits."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import torch

from grader.calls.places import CALL, SEE, recording
from grader.calls.plain_values import Unsupported, map_tensors, plain_copy
from grader.calls.stage_modules import StageModules
from grader.stages import stage_of

MOST_SEEN = 4000  # values
MOST_EACH = 64  # of one expression
LARGEST_TENSOR = 40_000  # entries
MOST_BYTES = 4 * 2**20  # of all values together, roughly


class Recorder:
    """Keeps tuples of the place's number, the name of the stage's function if one is called, its
    arguments as `[positional, by name]`, and the value."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[tuple[int, str | None, list[Any], Any]] = []
        self._times: Counter[int] = Counter()
        self._left = MOST_BYTES

    @property
    def names(self) -> dict[str, Callable[..., Any]]:
        """The functions that a file changed by `places.recording` calls."""
        return {SEE: self._see, CALL: self._call}

    def _see(self, number: int, value: Any) -> Any:
        if self.on:
            self._keep(number, None, (), {}, value, len(self.seen))
        return value

    def _call(self, number: int, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        if not self.on:
            return function(*args, **kwargs)
        of_stage = str(getattr(function, "__module__", "")).startswith("exercises.")
        name = str(getattr(function, "__name__", ""))
        if not of_stage or not name.isidentifier():  # a lambda has no such name
            return self._see(number, function(*args, **kwargs))
        # A call is listed before those that it makes, even if it raises.
        at, result = len(self.seen), None
        try:
            result = function(*args, **kwargs)
        finally:
            self._keep(number, name, args, kwargs, result, at)
        return result

    def _keep(
        self,
        number: int,
        name: str | None,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        value: Any,
        at: int,
    ) -> None:
        self._times[number] += 1
        if len(self.seen) >= MOST_SEEN or self._times[number] > MOST_EACH:
            return
        given = [list(map(self._copy, args)), {key: self._copy(kwargs[key]) for key in kwargs}]
        copy = self._copy(value)
        if copy is not None or name:
            self.seen.insert(at, (number, name, given, copy))

    def _copy(self, value: Any) -> Any:
        """Return a copy of a plain value; None if it isn't one, or if it is too large."""
        try:
            value = map_tensors(torch.func.debug_unwrap, value)  # inside torch.func.grad
            size = _size(value, self._left)
            self._left -= size
            return plain_copy(value)
        except (Unsupported, RuntimeError):  # a tensor on another device, or recursion
            return None


def recorded_module(
    modules: StageModules, number: int, text: bytes, recorder: Recorder
) -> StageModules:
    """Return the same modules, except that one stage is run anew from a text so that it records.

    Raises: whatever running it raises.
    """
    others = {one: module for one, module in modules.loaded.items() if one != number}
    fresh = StageModules(modules.files, loaded=others, names=recorder.names)
    path, name = modules.files[number], f"exercises.{stage_of(number).name}"
    code = compile(recording(text), str(path), "exec", dont_inherit=True)
    others[number] = fresh.run_code(code, path, name)
    return fresh


def _size(value: Any, left: int) -> int:
    """Estimate the bytes of a plain value; Unsupported if there are more than `left`."""
    if isinstance(value, torch.Tensor):
        size = value.numel() * value.element_size() + 64
        size = size if value.numel() <= LARGEST_TENSOR else left + 1
    elif isinstance(value, (str, bytes)):
        size = len(value) + 8
    elif isinstance(value, (list, tuple, dict)):
        size = 8 * len(value)
        for item in [*value, *value.values()] if isinstance(value, dict) else value:
            if isinstance(value, dict) and isinstance(item, torch.Tensor):
                raise Unsupported("dict of tensors")  # the weights, which are known anyway
            size += _size(item, left - size)
    elif value is None or isinstance(value, (bool, int, float, complex)):
        size = 16
    else:
        raise Unsupported(type(value).__name__)
    if size > left:
        raise Unsupported("too large")
    return size
