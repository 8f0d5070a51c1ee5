"""When a known mistake is named: the rule, whatever outcomes are compared by.

A mistake is named for a function when it explains every failing test of it that gives points,
contradicts none that passes, and is the only one, or the others are declared to be like it. Where
there is none, two are named that explain these tests between them, each at least one by itself; and
where there are none of these either, the only two that explain all of them together.

A test without points asks for something besides values, such as the device: what explains the
others is named there too if it explains it, and else what explains that test alone, unless nothing
explains the others.
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
    """A value that a call has given, and what was expected instead; of a call that has raised, that
    and nothing."""

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
    evidence = _Evidence(runs, witness)
    named: dict[str, Named] = {}
    for function in evidence.functions.values():
        found = _named(evidence, function, [*named.values()]) if function.paying else {}
        named |= found
        for one in found.values():
            evidence.explained[function.name] += one.both or ()
        for run in function.others:
            told = _explaining_too(witness, found, run)
            if told is None and (found or not function.paying):
                told = _only(evidence, function, [run])
            if told:
                named[run.name] = told
    return named


class _Function:
    """The tests of a function that say something."""

    def __init__(self, name: str, runs: Sequence[TestRun]) -> None:
        self.name = name
        self.passing = [run for run in runs if not run.failed]
        self.paying = [run for run in runs if run.failed and run.points]
        self.others = [run for run in runs if run.failed and not run.points]


class _Evidence:
    """What the tests of a stage say, function by function."""

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
        """Return whether a mistake in other functions too explains the failing tests of these;
        `elsewhere` are those that may be made in a function of which nothing fails."""
        others = mistake.replaces.keys() - {function.name}
        return all(mistake in self.explained.get(other, elsewhere) for other in others)

    def contradicted(self, mistake: Mistake, function: _Function) -> bool:
        """Return whether a mistake would fail a passing test, of the function or of those that it
        is made in."""
        made_in = {function.name, *mistake.replaces} & self.functions.keys()
        passing = [run for name in made_in for run in self.functions[name].passing]
        return any(self.witness.contradicts(mistake, run) for run in passing)

    def left(self, explaining: Sequence[Mistake], function: _Function) -> list[Mistake]:
        """Return which of the mistakes that explain something nothing speaks against."""
        return [
            one
            for one in explaining
            if self.possible(one, function, [one]) and not self.contradicted(one, function)
        ]


def _named(evidence: _Evidence, function: _Function, before: Sequence[Named]) -> dict[str, Named]:
    """Return what explains all failing tests of a function: a mistake that is named `before` in a
    function that it calls, one of its own, one for some tests and another for the others, or two
    at once."""
    witness, failing = evidence.witness, function.paying
    for one in before:
        if not one.both and all(witness.explains(one.mistake, run) for run in failing):
            return {run.name: one for run in failing}
    left = evidence.left(evidence.explained[function.name], function)
    if single := _single(left):
        return {run.name: Named(single) for run in failing}
    if found := _two(evidence, function):
        return found
    if left:  # several, and nothing tells which it is
        return {}
    pairs = witness.pairs(
        failing, function.passing, lambda one: evidence.possible(one, function, [])
    )
    pair = _one_pair(pairs)
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


def _only(evidence: _Evidence, function: _Function, failing: Sequence[TestRun]) -> Named | None:
    """Return the one mistake that is left; None when there is none, or more than one."""
    found = _single(evidence.left(evidence.witness.explaining(failing), function))
    return Named(found) if found else None


def _two(evidence: _Evidence, function: _Function) -> dict[str, Named]:
    """Return which of two mistakes explains each test; nothing when two don't explain them all."""
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
