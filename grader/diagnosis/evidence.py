"""When a known mistake is named: the rule, whatever outcomes are compared by.

A mistake is named for a function when it explains every failing test of it that gives points,
contradicts none that passes, and is the only one, or the others are declared to be like it. A test
without points asks for something besides values, such as the device: what explains the others is
named there too if it explains it, and else what explains that test alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from grader.calls.code_under_test import Call
from grader.calls.outcome import Lost
from grader.diagnosis.known_mistakes import Mistake


@dataclass(frozen=True)
class TestRun:
    """What a test of a function has called, and what came of it."""

    __test__ = False  # no test of pytest's

    name: str
    function: str
    failed: bool
    points: int  # that it gives
    calls: tuple[Call, ...]
    folder: Path | None  # the temporary folder that it was given

    @property
    def says_something(self) -> bool:
        """Whether its outcomes can be compared: a call without an answer can't."""
        return bool(self.calls) and not any(isinstance(one.outcome, Lost) for one in self.calls)


class Witness(Protocol):
    """Compares what tests have seen with what known mistakes do."""

    def explaining(self, runs: Sequence[TestRun]) -> list[Mistake]:
        """Return the mistakes that give the very same outcomes in all these failing tests, in the
        order of their file."""

    def contradicts(self, mistake: Mistake, run: TestRun) -> bool:
        """Return whether a mistake gives another outcome in a test that has passed."""


def name_mistakes(runs: Sequence[TestRun], witness: Witness) -> Mapping[str, Mistake]:
    """Return the mistake that each failing test is told, by the test's name, where there is one."""
    named: dict[str, Mistake] = {}
    for function in dict.fromkeys(run.function for run in runs):
        own = [run for run in runs if run.function == function and run.says_something]
        failing = [run for run in own if run.failed]
        passing = [run for run in own if not run.failed]
        paying = [run for run in failing if run.points]
        if found := _only(witness, paying, passing):
            named |= {run.name: found for run in paying}
        for run in failing:
            if run.points:
                continue
            if found and found in witness.explaining([run]):
                named[run.name] = found
            elif alone := _only(witness, [run], passing):
                named[run.name] = alone
    return named


def _only(
    witness: Witness, failing: Sequence[TestRun], passing: Sequence[TestRun]
) -> Mistake | None:
    """Return the one mistake that is left; None when there is none, or more than one."""
    if not failing:
        return None
    left = [
        mistake
        for mistake in witness.explaining(failing)
        if not any(witness.contradicts(mistake, run) for run in passing)
    ]
    if not left or any(one.like != left[0].name for one in left[1:]):
        return None
    return left[0]
