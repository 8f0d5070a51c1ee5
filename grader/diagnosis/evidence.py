"""When a known mistake is named: the rule, whatever outcomes are compared by.

A mistake is named for a function when it explains every failing test of it that gives points,
contradicts none that passes, and is the only one, or the others are declared to be like it. Where
there is none, two are named that explain these tests between them, each at least one by itself; and
where there are none of these either, the only two that explain all of them together.

A test without points asks for something besides values, such as the device: what explains the
others is named there too if it explains it, and else what explains that test alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from grader.calls.code_under_test import Call
from grader.calls.outcome import Lost, Seen
from grader.calls.requests import Callee
from grader.diagnosis.known_mistakes import Mistake, Named, Pair


@dataclass(frozen=True, eq=False)
class WrongValue:
    """A value that a call has given, and what was expected instead."""

    call: Call
    got: Any
    expected: Any


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
    wrong: WrongValue | None = None  # why it failed, where it was a value
    hidden: bool = False  # from learners

    @property
    def says_something(self) -> bool:
        """Whether its outcomes can be compared: a call without an answer can't."""
        return bool(self.calls) and not any(isinstance(one.outcome, Lost) for one in self.calls)


Record = Callable[[Call], list[Seen]]  # makes a call again, and returns what the code works out


class Right(Protocol):
    """Calls the reference, as suites do."""

    def call(self, callee: Callee, args: Sequence[Any]) -> Any:
        """Return what the reference gives."""

    def follow(self, value: Any) -> Any:
        """Return what a recipe makes; anything else is returned as it is."""


class Witness(Protocol):
    """Compares what tests have seen with what known mistakes do."""

    def explaining(self, runs: Sequence[TestRun]) -> list[Mistake]:
        """Return the mistakes that give the very same outcomes in all these failing tests, in the
        order of their file."""

    def explains(self, mistake: Mistake, run: TestRun) -> bool:
        """Return whether a mistake gives the very same outcomes in a failing test."""

    def contradicts(self, mistake: Mistake, run: TestRun) -> bool:
        """Return whether a mistake gives another outcome in a test that has passed."""

    def pairs(
        self,
        failing: Sequence[TestRun],
        passing: Sequence[TestRun],
        possible: Callable[[Mistake], bool],
    ) -> list[Pair]:
        """Return the pairs of possible mistakes, in the order of their file, that give the very
        same outcomes in all these tests when both are made."""

    def pair_explains(self, pair: Pair, run: TestRun) -> bool:
        """Return whether two mistakes give the very same outcomes in a failing test."""


def name_mistakes(runs: Sequence[TestRun], witness: Witness) -> Mapping[str, Named]:
    """Return what each failing test is told, by the test's name, where a mistake explains it."""
    named: dict[str, Named] = {}
    functions = [
        _Function(name, [run for run in runs if run.function == name and run.says_something])
        for name in dict.fromkeys(run.function for run in runs)
    ]
    explained = {one.name: witness.explaining(one.paying) for one in functions if one.paying}
    for function in functions:
        found = _named(witness, function, explained) if function.paying else {}
        named |= found
        for one in found.values():
            explained[function.name] += one.both or ()
        for run in function.others:
            told = _explaining_too(witness, found, run)
            if told or (told := _only(witness, [run], function.passing)):
                named[run.name] = told
    return named


class _Function:
    """The tests of a function that say something."""

    def __init__(self, name: str, runs: Sequence[TestRun]) -> None:
        self.name = name
        self.passing = [run for run in runs if not run.failed]
        self.paying = [run for run in runs if run.failed and run.points]
        self.others = [run for run in runs if run.failed and not run.points]


def _named(
    witness: Witness, function: _Function, explained: Mapping[str, Sequence[Mistake]]
) -> dict[str, Named]:
    """Return what explains all failing tests of a function: one mistake, one for some tests and
    another for the others, or two at once.

    Args:
        explained: the mistakes that explain the failing tests of each function that has any; one
            in another function must be among those of that function.
    """
    failing, passing = function.paying, function.passing

    def possible(mistake: Mistake, elsewhere: Sequence[Mistake]) -> bool:
        others = mistake.replaces.keys() - {function.name}
        return all(mistake in explained.get(other, elsewhere) for other in others)

    left = [
        one for one in _left(witness, explained[function.name], passing) if possible(one, [one])
    ]
    if one := _single(left):
        return {run.name: Named(one) for run in failing}
    if found := _two(witness, failing, passing):
        return found
    if left:  # several, and nothing tells which it is
        return {}
    pair = _one_pair(witness.pairs(failing, passing, lambda one: possible(one, [])))
    return {run.name: Named(pair[0], pair, together=True) for run in failing} if pair else {}


def _explaining_too(witness: Witness, found: Mapping[str, Named], run: TestRun) -> Named | None:
    """Return what explains the tests with points, if it is one thing, and explains this one too."""
    told = [*found.values()]
    if not told or any(one != told[0] for one in told[1:]):
        return None
    first = told[0]
    if first.both:
        explains = first.together and witness.pair_explains(first.both, run)
    else:
        explains = witness.explains(first.mistake, run)
    return first if explains else None


def _only(witness: Witness, failing: Sequence[TestRun], passing: Sequence[TestRun]) -> Named | None:
    """Return the one mistake that is left; None when there is none, or more than one."""
    found = _single(_left(witness, witness.explaining(failing), passing))
    return Named(found) if found else None


def _two(
    witness: Witness, failing: Sequence[TestRun], passing: Sequence[TestRun]
) -> dict[str, Named]:
    """Return which of two mistakes explains each test; nothing when two don't explain them all."""
    left = {run.name: _left(witness, witness.explaining([run]), passing) for run in failing}
    sure = [one for one in map(_single, left.values()) if one is not None]
    both = tuple(one for index, one in enumerate(sure) if one not in sure[:index])
    if len(both) != 2:
        return {}
    told = {name: next((one for one in both if one in ones), None) for name, ones in left.items()}
    known = {name: Named(one, both) for name, one in told.items() if one is not None}
    return known if len(known) == len(told) else {}


def _left(
    witness: Witness, explaining: Sequence[Mistake], passing: Sequence[TestRun]
) -> list[Mistake]:
    return [
        mistake
        for mistake in explaining
        if not any(witness.contradicts(mistake, run) for run in passing)
    ]


def _single(left: Sequence[Mistake]) -> Mistake | None:
    """Return the first of some mistakes if it is the only one, or the others are like it."""
    is_one = bool(left) and all(one.like == left[0].name for one in left[1:])
    return left[0] if is_one else None


def _one_pair(pairs: Sequence[Pair]) -> Pair | None:
    """Return the first of some pairs if it is the only one, or the others are like it."""
    alike = {frozenset(one.like or one.name for one in pair) for pair in pairs}
    return pairs[0] if len(alike) == 1 else None
