"""Finding the known mistake behind a wrong output.

A mistake explains a failing test when it gives the very same outcome as the learner's code in every
call that the test made, and another one than the reference in at least one of them. It is named
only when it is the one explanation, when the others are declared to be like it, or when an earlier
test on the same code has named it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from grader.calls.code_under_test import Call
from grader.calls.outcome import CallOutcome, Lost, Raised, Returned, WrongType
from grader.calls.plain_values import equal
from grader.calls.stage_modules import StageModules
from grader.diagnosis.known_mistakes import Mistake
from grader.diagnosis.variant import Variant, modules_with
from grader.stage import Stage

NEAR = {torch.float16: 1e-3, torch.bfloat16: 8e-3}  # relative distance that rounding explains
NEAR_FLOAT32 = 1e-5


class Diagnosis:
    """Looks for the mistakes in one piece of code, test after test."""

    def __init__(self, mistakes: Sequence[Mistake], reference: StageModules, stage: Stage) -> None:
        self._mistakes, self._reference, self._stage = mistakes, reference, stage
        self._found: list[Mistake] = []
        self._variants: dict[str, Variant] = {}

    def name(self, calls: Sequence[Call]) -> Mistake | None:
        """Name the mistake that explains the calls of a test that has just failed, if any."""
        if not self._mistakes or any(isinstance(call.outcome, Lost) for call in calls):
            return None
        right = self._variant("", {})
        is_right = [_equal(right.outcome(call), call.outcome) for call in calls]
        if all(is_right):
            return None
        pairs = list(zip(calls, is_right, strict=True))
        wrong_first = [call for wanted in (False, True) for call, one in pairs if one is wanted]
        # What an earlier test has shown needs no second look at all the others.
        for mistake in self._found:
            if self._explains(mistake, wrong_first):
                return mistake
        found = [one for one in self._mistakes if self._explains(one, wrong_first)]
        if not found or any(mistake.like != found[0].name for mistake in found[1:]):
            return None
        self._found.append(found[0])
        return found[0]

    def _explains(self, mistake: Mistake, calls: Sequence[Call]) -> bool:
        variant = self._variant(mistake.name, mistake.replaces)
        return all(_equal(variant.outcome(call), call.outcome) for call in calls)

    def _variant(self, name: str, replaces: Mapping[str, Any]) -> Variant:
        if name not in self._variants:
            self._variants[name] = Variant(modules_with(self._reference, self._stage, replaces))
        return self._variants[name]


def _equal(one: CallOutcome, other: CallOutcome) -> bool:
    """Return whether two outcomes are equal, give or take rounding."""
    if isinstance(one, Returned) and isinstance(other, Returned):
        return one.changed == other.changed and equal(one.value, other.value, _near)
    if isinstance(one, Raised) and isinstance(other, Raised):
        return (one.class_name, one.message) == (other.class_name, other.message)
    return isinstance(one, WrongType) and one == other


def _near(one: torch.Tensor, other: torch.Tensor) -> bool:
    near = NEAR.get(one.dtype, NEAR_FLOAT32)
    one, other = (t.to(torch.complex128 if t.is_complex() else torch.float64) for t in (one, other))
    odd = ~one.isfinite()
    if not torch.equal(odd, ~other.isfinite()) or not torch.equal(one.isnan(), other.isnan()):
        return False
    if not torch.equal(torch.nan_to_num(one[odd]), torch.nan_to_num(other[odd])):
        return False
    one, other = one.masked_fill(odd, 0), other.masked_fill(odd, 0)
    distance = torch.linalg.vector_norm(one - other)
    return bool(distance <= near * torch.linalg.vector_norm(other))
