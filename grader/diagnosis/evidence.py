"""The rule for naming a known mistake, independent of how outcomes are compared.

A mistake is named for a function if it explains every failing test of the function that gives
points, contradicts none that passes, and is the only one to do so, or the others are declared to be
like it. If there is none, two mistakes are named that explain these tests between them, each at
least one test alone; and failing that, the only two that explain all of the tests together.

A test without points checks something other than values, such as the device. The mistake that
explains the other tests is named there too if it explains it; otherwise the one that explains that
test alone, unless nothing explains the other tests.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from grader.calls.code_under_test import Call
from grader.calls.outcome import Lost, Seen
from grader.calls.request_writer import Callee
from grader.diagnosis.known_mistakes import Mistake, Named, Pair
from grader.stages import STAGES

_CONSTANTS = {one.name for stage in STAGES for one in stage.constants}


@dataclass(frozen=True, eq=False)
class WrongValue:
    """The result of a call and the expected one; for a call that raised, its outcome and None."""

    call: Call
    got: Any
    expected: Any


@dataclass(frozen=True)
class TestRun:
    """What a test of a function called, and the outcomes."""

    __test__ = False  # no test of pytest's

    name: str
    function: str
    failed: bool
    points: int  # what the test is worth
    calls: tuple[Call, ...]
    folder: Path | None  # its temporary folder
    wrong: WrongValue | None = None  # why it failed, if a value was wrong
    hidden: bool = False  # whether learners don't see it

    @property
    def says_something(self) -> bool:
        """Whether its outcomes can be compared, which takes an answer from every call."""
        return bool(self.calls) and not any(isinstance(one.outcome, Lost) for one in self.calls)


Record = Callable[[Call], list[Seen]]  # makes a call again, and returns what the code computes


class Right(Protocol):
    """Calls the reference, as suites do."""

    def call(self, callee: Callee, args: Sequence[Any]) -> Any:
        """Return what the reference gives."""

    def follow(self, value: Any) -> Any:
        """Return what a recipe makes; anything else is returned unchanged."""


class Witness(Protocol):
    """Compares the outcomes of tests with those of known mistakes."""

    def explaining(self, runs: Sequence[TestRun]) -> list[Mistake]:
        """Return the mistakes that give the same outcomes in all these failing tests, in file
        order."""

    def explains(self, mistake: Mistake, run: TestRun) -> bool:
        """Return whether a mistake gives the same outcomes in a failing test."""

    def contradicts(self, mistake: Mistake, run: TestRun) -> bool:
        """Return whether a mistake gives a different outcome in a test that passed."""

    def pairs(
        self,
        failing: Sequence[TestRun],
        passing: Sequence[TestRun],
        possible: Callable[[Mistake], bool],
    ) -> list[Pair]:
        """Return the pairs of possible mistakes, in the order of their file, that give the same
        outcomes in all these tests if both are made."""

    def pair_explains(self, pair: Pair, run: TestRun) -> bool:
        """Return whether two mistakes together give the same outcomes in a failing test."""


def name_mistakes(runs: Sequence[TestRun], witness: Witness) -> Mapping[str, Named]:
    """Return the mistakes to name for each failing test that any explain, by the test's name."""
    evidence = _Evidence(runs, witness)
    named: dict[str, Named] = {}
    for function in evidence.functions.values():
        found: dict[str, Named] = {}
        if function.paying and not evidence.has_a_wrong_constant(function):
            found = _named(evidence, function, [*named.values()])
        named |= found
        for one in found.values():
            evidence.explained[function.name] += one.both or ()
        for run in function.others:
            told = _explaining_too(witness, found, run)
            unexplained = function.paying or evidence.unexplained_functions()
            if told is None and (found or not unexplained):
                told = _only(evidence, function, [run])
            if told:
                named[run.name] = told
    return named


class _Function:
    """The tests of a function whose outcomes can be compared."""

    def __init__(self, name: str, runs: Sequence[TestRun]) -> None:
        self.name = name
        self.passing = [run for run in runs if not run.failed]
        self.paying = [run for run in runs if run.failed and run.points]
        self.others = [run for run in runs if run.failed and not run.points]


class _Evidence:
    """What the tests of a stage show, function by function."""

    def __init__(self, runs: Sequence[TestRun], witness: Witness) -> None:
        self.witness = witness
        runs = [run for run in runs if run.says_something]
        names = dict.fromkeys(run.function for run in runs)
        self.functions = {
            name: _Function(name, [one for one in runs if one.function == name]) for name in names
        }
        # The mistakes that explain the failing tests of each function that has any.
        self.explained = {
            one.name: witness.explaining(one.paying)
            for one in self.functions.values()
            if one.paying
        }

    def possible(self, mistake: Mistake, function: _Function, elsewhere: Sequence[Mistake]) -> bool:
        """Return whether a mistake that is also in other functions explains their failing tests;
        `elsewhere` are the mistakes allowed in a function of which no test fails."""
        others = mistake.replaces.keys() - {function.name}
        return all(mistake in self.explained.get(other, elsewhere) for other in others)

    def contradicted(self, mistake: Mistake, function: _Function) -> bool:
        """Return whether a mistake would fail a passing test of the function, or of one that it is
        made in."""
        made_in = {function.name, *mistake.replaces} & self.functions.keys()
        passing = [run for name in made_in for run in self.functions[name].passing]
        return any(self.witness.contradicts(mistake, run) for run in passing)

    def unexplained_functions(self) -> list[str]:
        """Return the functions whose failing tests with points no mistake explains. While there is
        one, a test without points shows too little by itself."""
        return [name for name, found in self.explained.items() if not found]

    def has_a_wrong_constant(self, function: _Function) -> bool:
        """Return whether a constant that a function works with is wrong, and nothing explains how:
        then its results are wrong even if the function itself is right."""
        return any(name in _CONSTANTS - {function.name} for name in self.unexplained_functions())

    def left(self, explaining: Sequence[Mistake], function: _Function) -> list[Mistake]:
        """Return the mistakes that nothing speaks against."""
        return [
            one
            for one in explaining
            if self.possible(one, function, [one]) and not self.contradicted(one, function)
        ]


def _named(evidence: _Evidence, function: _Function, before: Sequence[Named]) -> dict[str, Named]:
    """Return what explains all failing tests of a function: a mistake that was named `before` in a
    function that it calls, one of its own, one mistake for some tests and another for the rest, or
    two at once."""
    witness, failing = evidence.witness, function.paying
    for one in before:
        if not one.both and all(witness.explains(one.mistake, run) for run in failing):
            return {run.name: one for run in failing}
    left = evidence.left(evidence.explained[function.name], function)
    if single := _single(left):
        return {run.name: Named(single) for run in failing}
    if found := _two(evidence, function):
        return found
    if left:  # several, and nothing tells them apart
        return {}
    pairs = witness.pairs(
        failing, function.passing, lambda one: evidence.possible(one, function, [])
    )
    pair = _one_pair(pairs)
    return {run.name: Named(pair[0], pair, together=True) for run in failing} if pair else {}


def _explaining_too(witness: Witness, found: Mapping[str, Named], run: TestRun) -> Named | None:
    """Return what explains the tests with points, if it is one mistake (or one pair) and explains
    this test too."""
    told = [*found.values()]
    if not told or any(one != told[0] for one in told[1:]):
        return None
    first = told[0]
    if first.both:
        explains = first.together and witness.pair_explains(first.both, run)
    else:
        explains = witness.explains(first.mistake, run)
    return first if explains else None


def _only(evidence: _Evidence, function: _Function, failing: Sequence[TestRun]) -> Named | None:
    """Return the only mistake that is left; None if there is none, or more than one."""
    found = _single(evidence.left(evidence.witness.explaining(failing), function))
    return Named(found) if found else None


def _two(evidence: _Evidence, function: _Function) -> dict[str, Named]:
    """Return which of two mistakes explains each test; nothing if two don't explain them all."""
    witness, failing = evidence.witness, function.paying
    left = {run.name: evidence.left(witness.explaining([run]), function) for run in failing}
    sure = [one for one in map(_single, left.values()) if one is not None]
    both = tuple(one for index, one in enumerate(sure) if one not in sure[:index])
    if len(both) != 2:
        return {}
    told = {name: next((one for one in both if one in ones), None) for name, ones in left.items()}
    known = {name: Named(one, both) for name, one in told.items() if one is not None}
    return known if len(known) == len(told) else {}


def _single(left: Sequence[Mistake]) -> Mistake | None:
    """Return the first of some mistakes if it is the only one, or the others are like it."""
    is_one = bool(left) and all(one.like == left[0].name for one in left[1:])
    return left[0] if is_one else None


def _one_pair(pairs: Sequence[Pair]) -> Pair | None:
    """Return the first of some pairs if it is the only one, or the others are like it."""
    alike = {frozenset(one.like or one.name for one in pair) for pair in pairs}
    return pairs[0] if len(alike) == 1 else None
