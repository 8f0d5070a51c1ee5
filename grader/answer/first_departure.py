"""Find where a learner's run first departs from the reference by more than rounding.

Whenever the model calls a learner's function, the reference's is called with the same arguments,
and the two results are compared at once. Inner functions return before those that call them, so the
first difference is where it begins.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from grader.answer.chosen_stages import ChosenStages
from grader.calls.stage_modules import StageModules
from grader.stages import STAGES

# The relative error (norm of the difference / norm of the reference) that another order of the same
# computation may cause: about twice the largest one measured between right ways to write a stage.
_ROUNDING = {torch.float32: 1e-4, torch.float16: 8e-3, torch.bfloat16: 3e-2}
_FIRST = 8  # the first stage that computes with weights


@dataclass(frozen=True)
class Departure:
    """The distance between the result of one call and the reference's."""

    where: str
    relative: float = 0.0
    explained: float = 0.0  # the most that rounding explains
    words: str = ""  # instead of a number, if the results can't be compared


class Trace:
    """Compares the calls of a learner's functions while the model runs."""

    def __init__(
        self, modules: StageModules, reference: StageModules, chosen: ChosenStages
    ) -> None:
        """Watch the learner's own stages; create this before the model imports them."""
        self.first: Departure | None = None
        self.largest: Departure | None = None
        self.calls = 0
        self._layer: int | None = None
        for stage in STAGES:
            if stage.has_code and stage.number >= _FIRST and stage.number in chosen.own:
                module, right = modules.module(stage.number), reference.module(stage.number)
                for function in stage.functions:
                    pair = getattr(module, function.name), getattr(right, function.name)
                    setattr(module, function.name, self._watched(stage.name, *pair))

    def words(self) -> str:
        """Return the finding in a sentence or two."""
        if self.first is not None:
            what = self.first.words or (
                "given the same arguments, its result differs from the reference's by a relative "
                f"error of {self.first.relative:.1e}; rounding explains {self.first.explained:.0e}"
            )
            return f"Trace: your run departs from the reference in {self.first.where}: {what}."
        if self.largest is None:
            return "Trace: none of your functions were called."
        agree = f"Trace: {self.calls} calls of your functions agree with the reference"
        if not self.largest.relative:
            return f"{agree}, to the last bit."
        return (
            f"{agree}. They are furthest apart in {self.largest.where}: "
            f"{self.largest.relative:.1e} of it, which is rounding."
        )

    def _watched(
        self, stage: str, yours: Callable[..., Any], right: Callable[..., Any]
    ) -> Callable[..., Any]:
        name = yours.__name__

        def call(*args: Any, **named: Any) -> Any:
            outer = self._layer
            if name == "transformer_block":
                self._layer = named["layer"] if "layer" in named else args[2]
            result = yours(*args, **named)
            if self.first is None:
                layer = f"layer {self._layer + 1}, " if self._layer is not None else ""
                self._note(_compare(f"{layer}{stage}, {name}", result, right(*args, **named)))
            self._layer = outer
            return result

        return call

    def _note(self, found: Departure) -> None:
        self.calls += 1
        if found.words or not found.relative <= found.explained:
            self.first = found
        elif self.largest is None or found.relative > self.largest.relative:
            self.largest = found


def _compare(where: str, got: Any, right: Any) -> Departure:
    if not isinstance(right, torch.Tensor):
        words = "" if got == right else f"it gives {got!r}, the reference {right!r}"
        return Departure(where, words=words)
    if not isinstance(got, torch.Tensor) or got.shape != right.shape:
        shape = list(got.shape) if isinstance(got, torch.Tensor) else type(got).__name__
        return Departure(where, words=f"it gives {shape}, the reference {list(right.shape)}")
    wide = torch.complex64 if right.is_complex() else torch.float32
    one, other = got.to(wide), right.to(wide)
    same = one == other  # equal infinities in a mask have no finite difference
    apart = torch.where(same, torch.zeros_like(one), one - other)
    finite = torch.where(other.isfinite(), other, torch.zeros_like(other))
    norm = float(torch.linalg.vector_norm(finite))
    relative = float(torch.linalg.vector_norm(apart)) / norm if norm else float(apart.abs().sum())
    explained = max(_ROUNDING.get(tensor.dtype, 1e-4) for tensor in (got, right))
    return Departure(where, relative, explained)
