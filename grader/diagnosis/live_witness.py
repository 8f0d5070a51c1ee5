"""Finding the known mistake behind wrong outputs.

A mistake explains a failing test when it gives the very same outcome as the learner's code in every
call that the test made, and another one than the reference in at least one of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from grader.calls.code_under_test import Call
from grader.calls.outcome import CallOutcome, Raised, Returned, WrongType
from grader.calls.plain_values import equal
from grader.calls.stage_modules import StageModules
from grader.diagnosis.evidence import TestRun
from grader.diagnosis.known_mistakes import Mistake
from grader.diagnosis.variant import Variant, modules_with
from grader.stage import Stage

NEAR = {torch.float16: 1e-3, torch.bfloat16: 8e-3}  # relative distance that rounding explains
NEAR_FLOAT32 = 1e-5


class LiveWitness:
    """Makes a test's calls again, with each mistake in the place of the code under test."""

    def __init__(self, mistakes: Sequence[Mistake], reference: StageModules, stage: Stage) -> None:
        self._mistakes, self._reference, self._stage = mistakes, reference, stage
        self._variants: dict[str, Variant] = {}

    def explaining(self, runs: Sequence[TestRun]) -> list[Mistake]:
        """Return the mistakes that explain all these failing tests, in the order of their file."""
        if not self._mistakes:
            return []
        right = self._variant("", {})
        wrong: list[Call] = []
        others: list[Call] = []
        for run in runs:
            is_right = [_equal(right.outcome(call), call.outcome) for call in run.calls]
            if all(is_right):
                return []  # whatever made it fail, no mistake's values did
            for call, one in zip(run.calls, is_right, strict=True):
                (others if one else wrong).append(call)
        # What differs from the reference tells most mistakes apart by its first call.
        return [one for one in self._mistakes if self._agrees(one, [*wrong, *others])]

    def contradicts(self, mistake: Mistake, run: TestRun) -> bool:
        """Return whether a mistake gives another outcome in a test that has passed."""
        return not self._agrees(mistake, run.calls)

    def _agrees(self, mistake: Mistake, calls: Sequence[Call]) -> bool:
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
