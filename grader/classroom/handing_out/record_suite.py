"""Recording the answers to a stage's visible tests: the reference is run through them once a seed,
and then every known mistake."""

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from grader.calls.code_under_test import Call
from grader.calls.packing import pack
from grader.calls.recipe import Recipe
from grader.calls.requests import Callee
from grader.calls.stage_modules import StageModules, reference_modules
from grader.diagnosis.diagnose import Diagnosis
from grader.diagnosis.known_mistakes import Mistake, mistakes_of
from grader.diagnosis.variant import code_with
from grader.handout.outcome_sketch import as_stored, sketch
from grader.handout.recorded_diagnosis import salt_of
from grader.handout.recorded_oracle import FOLLOW, shown_draw
from grader.kata import Kata
from grader.stage import Stage
from grader.suite.difference import type_difference
from grader.suite.fixtures import CONSTANTS, Reference
from grader.suite.grade_stage import TestContext, run_test
from grader.suite.graded_tests import GradedTest, visible_tests
from grader.suite.oracle import reference_of
from grader.suite.rng import Rng

Track = list[list[Any]]  # what was asked for, and the place of the answer


class Distinct:
    """Things to store, each different one once."""

    def __init__(self) -> None:
        self._places: dict[Any, int] = {}

    def place_of(self, thing: Any) -> int:
        """Return the place of a thing, the next free one where it is new."""
        return self._places.setdefault(thing, len(self._places))

    def __iter__(self) -> Iterator[Any]:
        """Yield the things in the order of their places."""
        return iter(self._places)


class Taping(Reference):
    """The reference, and a tape of what tests ask of it; what it asks of itself is not taped."""

    def __init__(self, modules: StageModules, values: Distinct) -> None:
        super().__init__(modules)
        self._reference, self._values = Reference(modules), values
        self.calls: Track = []
        self.kinds: Track = []
        self.constants: set[str] = set()

    def call(self, callee: Callee, args: Sequence[Any]) -> Any:
        value = self._reference.call(callee, args)
        self.calls.append([callee.shown, self._values.place_of(pack(value))])
        return value

    def follow(self, value: Any) -> Any:
        made = self._reference.follow(value)
        if isinstance(value, Recipe):
            self.calls.append([FOLLOW, self._values.place_of(pack(made))])
        return made

    def type_problem(self, name: str, args: Sequence[Any], value: Any) -> str | None:
        expected = self._reference.call(Callee(name), args)
        self.kinds.append([name, self._values.place_of(pack(_hollow(expected)))])
        return type_difference(value, expected)

    def constant(self, name: str) -> Any:
        self.constants.add(name)
        return self._reference.constant(name)


class RoundedRng(Rng):
    """Random inputs of half precision: those that a handout plays take half the room so."""

    def __init__(self, seed: int, name: str, values: Distinct | None = None) -> None:
        super().__init__(seed, name)
        self._values = values
        self.draws: Track = []

    def _draw(self, kind: str, shape: tuple[int, ...]) -> torch.Tensor:
        drawn = super()._draw(kind, shape)
        kept = drawn.half() if drawn.is_floating_point() else drawn
        if self._values is not None:
            self.draws.append([shown_draw(kind, shape), self._values.place_of(pack(kept))])
        return kept.float() if kept.is_floating_point() else kept


class TapingOracle:
    """The answers to one test of the reference itself, with a tape of them."""

    def __init__(self, kata: Kata, seed: int, test: str, values: Distinct) -> None:
        self.taping = Taping(reference_modules(kata.solutions), values)
        self.random = RoundedRng(seed, test, values)

    def reference(self, test: str) -> Reference:
        return self.taping

    def rng(self, test: str) -> Rng:
        return self.random

    def name_mistake(self, test: str, calls: Sequence[Call], folder: Path | None) -> None:
        return None

    @property
    def tape(self) -> list[Track]:
        return [self.random.draws, self.taping.calls, self.taping.kinds]


class MistakeOracle:
    """The answers to the tests of a known mistake; where it would be named, a sketch is kept of
    what came of every call."""

    def __init__(
        self, kata: Kata, stage: Stage, seed: int, mistake: Mistake, sketches: Distinct
    ) -> None:
        self._reference, self._stage, self._seed = reference_of(kata.solutions), stage, seed
        self._diagnosis = Diagnosis([mistake], reference_modules(kata.solutions), stage)
        self._sketches = sketches
        self.runs: dict[str, list[int]] = {}

    def reference(self, test: str) -> Reference:
        return self._reference

    def rng(self, test: str) -> Rng:
        return RoundedRng(self._seed, test)

    def name_mistake(self, test: str, calls: Sequence[Call], folder: Path | None) -> Mistake | None:
        found = self._diagnosis.name(calls)
        if found is not None:
            salt = salt_of(self._stage, self._seed, test)
            outcomes = [sketch(call.outcome, salt, folder) for call in calls]
            self.runs[test] = [self._sketches.place_of(one) for one in outcomes]
        return found


def constants_used(kata: Kata, stage: Stage) -> set[str]:
    """Return the constants of stages that the visible tests of a stage need where its code runs."""
    used: set[str] = set()
    for test in visible_tests(kata.suite(stage)):
        used |= _taped(kata, stage, 0, test, Distinct()).taping.constants
    assert used <= CONSTANTS.keys()
    return used


def record_stage(kata: Kata, stage: Stage, seeds: Sequence[int], suite: str) -> bytes:
    """Record a stage, and return the file's content.

    Args:
        suite: the hash of the suite as it is handed out.
    """
    values = Distinct()
    mistakes = mistakes_of(kata, stage)
    content = {
        "suite": suite,
        "mistakes": [[one.name, one.title, one.explanation, one.like] for one in mistakes],
        "seeds": {seed: _record_seed(kata, stage, seed, values) for seed in seeds},
        "values": [zlib.compress(value, 9) for value in values],
    }
    return pack(content)


def _record_seed(kata: Kata, stage: Stage, seed: int, values: Distinct) -> bytes:
    tests = visible_tests(kata.suite(stage))
    tapes = {test.name: _taped(kata, stage, seed, test, values).tape for test in tests}
    runs: dict[str, list[Any]] = {test.name: [] for test in tests}
    sketches = Distinct()
    for number, mistake in enumerate(mistakes_of(kata, stage)):
        answers = MistakeOracle(kata, stage, seed, mistake, sketches)
        variant = code_with(reference_modules(kata.solutions), stage, mistake.replaces)
        for test in tests:
            run_test(TestContext(kata, answers), variant, test)
            if test.name in answers.runs:
                runs[test.name].append([number, answers.runs[test.name]])
    stored = list(map(as_stored, sketches))
    return zlib.compress(pack({"tapes": tapes, "runs": runs, "sketches": stored}), 9)


def _taped(kata: Kata, stage: Stage, seed: int, test: GradedTest, values: Distinct) -> TapingOracle:
    answers = TapingOracle(kata, seed, test.name, values)
    right = code_with(reference_modules(kata.solutions), stage, {})
    verdict = run_test(TestContext(kata, answers), right, test)
    if verdict.outcome != "passed" and not verdict.unavailable:
        raise RuntimeError(f"the reference fails {test.name} with seed {seed}: {verdict.message}")
    return answers


def _hollow(value: Any) -> Any:
    """Return a value of the same type and shape that says nothing else."""
    if isinstance(value, torch.Tensor):
        return torch.empty(value.shape, dtype=value.dtype, device="meta")
    return type(value)()
