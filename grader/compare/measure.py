"""Make one call on both sides, and measure how long it takes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from grader.calls.code_under_test import CodeUnderTest
from grader.calls.outcome import CallOutcome, Lost, Raised
from grader.compare.cases import Case
from grader.compare.sample_text import EIGHT_B, TINY
from grader.free_memory import free_memory

ROUNDS = 16  # the sides take turns, so that a busy moment slows both
MOST_RUNS = 1000  # of a side in a round
MOST_SECONDS = {TINY: 0.01, EIGHT_B: 0.03}  # of a side in a round; at least one call is made
LONG = 1.0  # seconds after which a side has run enough
SPARE = 300 * 10**6  # bytes for what a call makes besides its inputs


@dataclass
class Side:
    """The outcome and the times of a call on one side; code that failed has no times."""

    outcome: CallOutcome | None = None  # None if no value was requested
    rounds: list[list[float]] = field(default_factory=list)  # the seconds of each call, by round

    @property
    def seconds(self) -> float | None:
        """The median of the quickest round: the time of a call when nothing disturbs it."""
        return min(map(median, self.rounds), default=None)

    @property
    def failed(self) -> bool:
        return isinstance(self.outcome, (Raised, Lost))


def fits(case: Case, sides: int) -> bool:
    """Return whether memory has room for a call's inputs in `sides` processes at once."""
    return not case.is_large or free_memory() >= sides * (case.bytes + SPARE)


def measure(case: Case, codes: Sequence[CodeUnderTest]) -> list[Side]:
    """Make a call on each side, in turns if memory allows."""
    pairs = [(code, Side()) for code in codes]
    for group in [pairs] if fits(case, sides=len(codes)) else [[pair] for pair in pairs]:
        _measure_in_turns(case, group)
    return [side for _, side in pairs]


def _measure_in_turns(case: Case, pairs: list[tuple[CodeUnderTest, Side]]) -> None:
    for code, side in pairs:
        if case.is_large:
            code.close()
        # The first call requests the value, and also warms up the code.
        if case.inputs.too_much:
            warmed = code.time(case.timed.target, case.timed.args, 1, 0.0)
            side.outcome = None if isinstance(warmed, list) else warmed
        else:
            asked = case.inputs.compared or case.timed
            (side.outcome,) = code.run(asked.target, [asked.args])
    for _ in range(ROUNDS):
        for code, side in pairs:
            _time(case, code, side)
    for code, _ in pairs:
        if case.is_large:
            code.close()


def _time(case: Case, code: CodeUnderTest, side: Side) -> None:
    """Add the times of some calls, unless this side has failed or has run long enough."""
    if side.failed or sum(map(sum, side.rounds)) > LONG:
        return
    timed = case.timed
    found = code.time(timed.target, timed.args, MOST_RUNS, MOST_SECONDS[case.size])
    if isinstance(found, list):
        side.rounds.append(found)
    else:
        side.outcome = found
