"""Find the known mistake behind wrong outputs.

A mistake explains a failing test if it gives the same outcome as the learner's code in every call
that the test made, and a different one from the reference in at least one of them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from grader.calls.code_under_test import Call
from grader.calls.outcome import CallOutcome, Raised
from grader.calls.stage_modules import StageModules
from grader.diagnosis.effort import size_of
from grader.diagnosis.evidence import TestRun
from grader.diagnosis.known_mistakes import Mistake, Pair
from grader.diagnosis.pairs import PairSearch
from grader.diagnosis.reach import Reach
from grader.diagnosis.same_outcome import same_outcome
from grader.diagnosis.variant import Variant, modules_with
from grader.stage import Stage


class LiveWitness:
    """Repeats a test's calls with each mistake in place of the code under test."""

    def __init__(self, mistakes: Sequence[Mistake], reference: StageModules, stage: Stage) -> None:
        self._mistakes, self._reference, self._stage = mistakes, reference, stage
        self._variants: dict[str, Variant] = {}
        self._found: dict[tuple[str, int, bool], bool] = {}
        self._reach = Reach(reference, stage)

    def explaining(self, runs: Sequence[TestRun]) -> list[Mistake]:
        """Return the mistakes that explain all these failing tests, in the order of their file."""
        if not self._mistakes:
            return []
        wrong: list[Call] = []
        others: list[Call] = []
        for run in runs:
            is_right = self._right(run)
            if all(is_right):
                return []  # it failed though all values were right
            for call, one in zip(run.calls, is_right, strict=True):
                (others if one else wrong).append(call)
        # The smallest call that differs from the reference rules out most mistakes.
        wrong.sort(key=lambda call: size_of(call.args))
        return [one for one in self._mistakes if self._agrees(one, [*wrong, *others])]

    def explains(self, mistake: Mistake, run: TestRun) -> bool:
        """Return whether a mistake explains a failing test."""
        return not all(self._right(run)) and self._agrees(mistake, run.calls)

    def contradicts(self, mistake: Mistake, run: TestRun) -> bool:
        """Return whether a mistake gives a different outcome in a test that passed. If the test let
        the code differ from the reference, the mistake may be like either; of errors, only the
        class is compared."""
        return not all(self._gives(mistake, call, passed=True) for call in run.calls)

    def pairs(
        self,
        failing: Sequence[TestRun],
        passing: Sequence[TestRun],
        possible: Callable[[Mistake], bool],
    ) -> list[Pair]:
        """Return the pairs that explain all these failing tests and contradict none that passed;
        none if some test failed though all values were right, or if there are too many to try."""
        among = list(filter(possible, self._mistakes))
        return PairSearch(among, self._reference, self._stage).explaining(failing, passing)

    def pair_explains(self, pair: Pair, run: TestRun) -> bool:
        """Return whether two mistakes together give the same outcomes in a failing test."""
        return bool(PairSearch(pair, self._reference, self._stage).explaining([run], []))

    def _right(self, run: TestRun) -> list[bool]:
        """Return for each call of a test whether it gave what the reference gives."""
        right = self._variant("", {})
        return [same_outcome(right.outcome(call), call.outcome) for call in run.calls]

    def _agrees(self, mistake: Mistake, calls: Sequence[Call]) -> bool:
        return all(self._gives(mistake, call) for call in calls)

    def _gives(self, mistake: Mistake, call: Call, passed: bool = False) -> bool:
        """Return whether a mistake gives the outcome of a call; computed once for each."""
        is_made = bool(mistake.replaces.keys() & self._reach.of(call))
        name, replaces = (mistake.name, mistake.replaces) if is_made else ("", {})
        asked = name, id(call), passed  # the calls live as long as this witness
        if asked not in self._found:
            outcome = self._variant(name, replaces).outcome(call)
            found = same_outcome(outcome, call.outcome)
            if passed and not found:
                found = _same_error(outcome, call.outcome)
                found = found or same_outcome(outcome, self._variant("", {}).outcome(call))
            self._found[asked] = found
        return self._found[asked]

    def _variant(self, name: str, replaces: Mapping[str, Any]) -> Variant:
        if name not in self._variants:
            self._variants[name] = Variant(modules_with(self._reference, self._stage, replaces))
        return self._variants[name]


def _same_error(one: CallOutcome, other: CallOutcome) -> bool:
    """Return whether two calls raised errors of the same class, whatever their messages."""
    return (
        isinstance(one, Raised)
        and isinstance(other, Raised)
        and (one.class_name == other.class_name)
    )
