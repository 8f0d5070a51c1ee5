"""Find two known mistakes that together explain what no single one does.

The cheapest evidence comes first: one failing call in which the code differs from the reference.
The pairs that give the same result there are tried on all other calls of the function's tests.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import torch

from grader.calls.code_under_test import Call
from grader.calls.outcome import CallOutcome, Returned
from grader.calls.stage_modules import StageModules
from grader.diagnosis.composition import Composer
from grader.diagnosis.effort import Effort, size_of
from grader.diagnosis.evidence import TestRun
from grader.diagnosis.known_mistakes import Mistake, Pair
from grader.diagnosis.same_outcome import same_outcome
from grader.diagnosis.variant import Variant
from grader.stage import Stage

MOST_CALLS = 2500  # small ones, for one function


class TooMuch(Exception):
    """Not all pairs could be tried, so a pair might not be the only explanation."""


class PairSearch:
    """Repeats the calls of a function's tests with each pair of mistakes."""

    def __init__(self, mistakes: Sequence[Mistake], reference: StageModules, stage: Stage) -> None:
        functions = {function.name for function in stage.functions}  # constants can't be composed
        self._mistakes = [one for one in mistakes if one.replaces.keys() <= functions]
        self._composer = Composer(reference, stage)
        self._steps = {one.name: self._composer.steps_of(one.replaces) for one in self._mistakes}
        self._passes_on: dict[str, bool] = {}
        self._effort = Effort(MOST_CALLS)

    def explaining(self, failing: Sequence[TestRun], passing: Sequence[TestRun]) -> list[Pair]:
        """Return the pairs that explain all these failing tests and contradict none that passed;
        none if some test failed though all values were right, or if there are too many to try."""
        try:
            return list(self._explaining(failing, passing))
        except TooMuch:
            return []

    def _explaining(self, failing: Sequence[TestRun], passing: Sequence[TestRun]) -> Iterator[Pair]:
        wrong: list[Call] = []
        others = [call for run in passing for call in run.calls]
        for run in failing:
            is_right = [self._gives((), [call]) for call in run.calls]
            if all(is_right):
                return
            for call, one in zip(run.calls, is_right, strict=True):
                (others if one else wrong).append(call)
        first, *rest = sorted(wrong, key=lambda call: size_of(call.args))
        for pair in self._possible(first):
            if any(self._gives(made, [first, *rest, *others]) for made in self._orders(pair)):
                yield pair

    def _possible(self, call: Call) -> Iterator[Pair]:
        """Yield the pairs that may give the outcome of a call, judging by what each gives alone."""
        expected = self._outcome(self._with([]), call)
        alone = []
        for one in self._mistakes:
            outcome = self._outcome(self._with([one]), call)
            self._passes_on[one.name] = self._composer.passes_on(one.replaces)
            if all(map(_is_like, *map(_form, (outcome, expected, call.outcome)))):
                shows = not same_outcome(outcome, expected)
                alone.append((one, shows, shows and same_outcome(outcome, call.outcome)))
        for (one, shows, enough), (other, other_shows, other_enough) in combinations(alone, 2):
            # If one doesn't show in this call, the other must explain it alone.
            if (shows and other_shows) or enough != other_enough:
                yield one, other

    def _orders(self, pair: Pair) -> list[Pair]:
        """Return the orders of two mistakes that are possible and may give different outcomes."""
        one, other = pair
        if one.replaces.keys().isdisjoint(other.replaces):
            return [pair]
        ones, others = self._steps[one.name], self._steps[other.name]
        if ones and others and not ones.fit(others):
            return []
        orders = [made for made in (pair, (other, one)) if self._passes_on[made[0].name]]
        return orders[:1] if ones or others else orders

    def _gives(self, made: Sequence[Mistake], calls: Sequence[Call]) -> bool:
        """Return whether mistakes, each made inside those before it, give the outcomes of calls."""
        variant = self._with(made)
        return all(same_outcome(self._outcome(variant, call), call.outcome) for call in calls)

    def _with(self, made: Sequence[Mistake]) -> Variant:
        self._composer.make(*[one.replaces for one in made])
        return Variant(self._composer.modules)

    def _outcome(self, variant: Variant, call: Call) -> CallOutcome:
        if not self._effort.spend(call.args):
            raise TooMuch
        return variant.outcome(call)


def _form(outcome: CallOutcome) -> tuple[Any, Any]:
    """Return the type or dtype of an outcome, and its shape."""
    value = getattr(outcome, "value", None)
    if isinstance(value, torch.Tensor):
        return value.dtype, value.shape
    return type(value) if isinstance(outcome, Returned) else type(outcome), None


def _is_like(one: Any, right: Any, seen: Any) -> bool:
    return one in (right, seen)
