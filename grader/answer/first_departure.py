"""Find where a learner's run first departs from the reference by more than rounding.

For every call of a learner's function, the reference is called with the same arguments, and the
two results are compared. Inner functions return before their callers, so the first difference found
is the innermost one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from grader.answer.chosen_stages import ChosenStages
from grader.calls.stage_modules import StageModules
from grader.language import tr
from grader.stages import STAGES

# How far results may differ if only the order of operations does: the norm of the difference over
# that of the reference. About twice the most seen between right ways of writing a stage.
_ROUNDING = {torch.float32: 1e-4, torch.float16: 8e-3, torch.bfloat16: 3e-2}
_FIRST = 8  # the first stage that computes with weights


@dataclass(frozen=True)
class Departure:
    """How far the result of one call was from the reference's."""

    where: str
    relative: float = 0.0
    explained: float = 0.0  # how much rounding explains
    words: str = ""  # instead of a number, if the results can't be compared


class Trace:
    """Compares the calls of a learner's functions while the model runs."""

    def __init__(
        self, modules: StageModules, reference: StageModules, chosen: ChosenStages
    ) -> None:
        """Wrap the functions of the learner's own stages; do this before the model loads them."""
        self.start()
        for stage in STAGES:
            if stage.has_code and stage.number >= _FIRST and stage.number in chosen.own:
                module, right = modules.module(stage.number), reference.module(stage.number)
                for function in stage.functions:
                    pair = getattr(module, function.name), getattr(right, function.name)
                    setattr(module, function.name, self._watched(stage.name, *pair))

    def start(self) -> None:
        """Forget what was found, for a new run."""
        self.first: Departure | None = None
        self.largest: Departure | None = None
        self.calls = 0
        self._layer: int | None = None

    def words(self) -> str:
        """Describe what was found."""
        if self.first is not None:
            return tr(
                "Trace: your run departs from the reference in {where}: {what}.",
                where=self.first.where,
                what=self.first.words or _by_how_much(self.first),
            )
        if self.largest is None:
            return tr("Trace: no function of yours was called.")
        if not self.largest.relative:
            return tr(
                "Trace: {calls} calls of your functions agree with the reference exactly.",
                calls=self.calls,
            )
        return tr(
            "Trace: {calls} calls of your functions agree with the reference. The largest "
            "difference is in {where}: a relative error of {error:.1e}, which is rounding.",
            calls=self.calls,
            where=self.largest.where,
            error=self.largest.relative,
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
                where = _place(self._layer, stage, name)
                self._note(_compare(where, result, right(*args, **named)))
            self._layer = outer
            return result

        return call

    def _note(self, found: Departure) -> None:
        self.calls += 1
        if found.words or not found.relative <= found.explained:
            self.first = found
        elif self.largest is None or found.relative > self.largest.relative:
            self.largest = found


def _place(layer: int | None, stage: str, function: str) -> str:
    """Return in words which function was called, and in which layer, counted from 0."""
    if layer is None:
        return tr("{stage}, {function}", stage=stage, function=function)
    return tr("layer {layer}, {stage}, {function}", layer=layer + 1, stage=stage, function=function)


def _by_how_much(found: Departure) -> str:
    return tr(
        "given the same arguments, its result differs from the reference's by a relative error of "
        "{error:.1e}; rounding explains {explained:.0e}",
        error=found.relative,
        explained=found.explained,
    )


def _what_each_returns(yours: object, reference: object) -> str:
    return tr("it returns {yours}, the reference {reference}", yours=yours, reference=reference)


def _compare(where: str, got: Any, right: Any) -> Departure:
    if not isinstance(right, torch.Tensor):
        words = "" if got == right else _what_each_returns(repr(got), repr(right))
        return Departure(where, words=words)
    if not isinstance(got, torch.Tensor) or got.shape != right.shape:
        shape = list(got.shape) if isinstance(got, torch.Tensor) else type(got).__name__
        return Departure(where, words=_what_each_returns(shape, list(right.shape)))
    wide = torch.complex64 if right.is_complex() else torch.float32
    one, other = got.to(wide), right.to(wide)
    same = one == other  # a mask's infinities are equal, though their difference is nan
    apart = torch.where(same, torch.zeros_like(one), one - other)
    finite = torch.where(other.isfinite(), other, torch.zeros_like(other))
    norm = float(torch.linalg.vector_norm(finite))
    relative = float(torch.linalg.vector_norm(apart)) / norm if norm else float(apart.abs().sum())
    explained = max(_ROUNDING.get(tensor.dtype, 1e-4) for tensor in (got, right))
    return Departure(where, relative, explained)
