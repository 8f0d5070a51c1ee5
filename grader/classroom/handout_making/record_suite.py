"""Record the answers to a stage's visible tests: run the reference through them once per seed, and
then every known mistake."""

import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import msgspec
import torch

from grader.calls.packing import pack
from grader.calls.plain_values import tensors_in
from grader.calls.recipe import Recipe
from grader.calls.request_writer import Callee
from grader.calls.stage_modules import StageModules, reference_modules
from grader.diagnosis.evidence import Record, TestRun
from grader.diagnosis.known_mistakes import Mistake, Named, mistakes_of
from grader.diagnosis.live_witness import LiveWitness
from grader.diagnosis.variant import code_with
from grader.errors import UsageError
from grader.handout.outcome_sketch import sketch
from grader.handout.recorded_oracle import FOLLOW, salt_of, shown_draw
from grader.handout.recording import Track
from grader.kata import Kata
from grader.stage import Stage
from grader.suite.difference import type_difference
from grader.suite.grade_stage import TestContext, run_tests
from grader.suite.graded_tests import GradedTest, visible_tests
from grader.suite.oracle import reference_of
from grader.suite.rng import Rng
from grader.suite.yours_and_reference import CONSTANTS, Reference

Indices = defaultdict[bytes, int]


def new_indices() -> Indices:
    """Return a dict that gives each distinct key the next index."""
    return defaultdict(count().__next__)


class Tape:
    """The requests of a test, in order, each with the index of its answer in `values`."""

    def __init__(self, values: Indices) -> None:
        self._values = values
        self.tracks: dict[Track, list[Any]] = {"draws": [], "calls": [], "kinds": []}

    def keep(self, track: Track, wanted: str, value: Any) -> None:
        """Add an answer."""
        self.tracks[track].append([wanted, self._values[pack(value)]])


class Taping(Reference):
    """The reference, with a tape of what tests ask of it; calls among its stages are not taped."""

    def __init__(self, modules: StageModules, tape: Tape) -> None:
        super().__init__(modules)
        self._reference, self._tape = Reference(modules), tape
        self.constants: set[str] = set()

    def call(self, callee: Callee, args: Sequence[Any]) -> Any:
        value = self._reference.call(callee, args)
        self._tape.keep("calls", callee.shown, value)
        return value

    def follow(self, value: Any) -> Any:
        made = self._reference.follow(value)
        if isinstance(value, Recipe):
            self._tape.keep("calls", FOLLOW, made)
        return made

    def type_problem(self, name: str, args: Sequence[Any], value: Any) -> str | None:
        expected = self._reference.call(Callee(name), args)
        self._tape.keep("kinds", name, _hollow(expected))
        return type_difference(value, expected)

    def constant(self, name: str) -> Any:
        self.constants.add(name)
        return self._reference.constant(name)


class RoundedRng(Rng):
    """Random inputs rounded to half precision, which halves the size of a handout."""

    def __init__(self, seed: int, name: str, tape: Tape) -> None:
        super().__init__(seed, name)
        self._tape = tape

    def _draw(self, kind: str, shape: tuple[int, ...]) -> torch.Tensor:
        drawn = super()._draw(kind, shape)
        kept = drawn.half() if drawn.is_floating_point() else drawn
        self._tape.keep("draws", shown_draw(kind, shape), kept)
        return kept.float() if kept.is_floating_point() else kept


class TapingOracle:
    """Answers one test of the reference itself, and records the answers on a tape."""

    def __init__(self, kata: Kata, stage: Stage, seed: int, values: Indices) -> None:
        self.tape, self._seed = Tape(values), seed
        self.taping = Taping(reference_modules(kata.solutions, stage), self.tape)

    def reference(self, test: str) -> Reference:
        return self.taping

    def rng(self, test: str) -> Rng:
        return RoundedRng(self._seed, test, self.tape)

    def name_mistakes(self, runs: Sequence[TestRun]) -> Mapping[str, Named]:
        return {}

    def locate(self, run: TestRun, record: Record) -> None:
        return None


class MistakeOracle:
    """Answers the tests of a known mistake.

    Where the mistake would be named, it keeps a sketch of every call's outcome.
    """

    def __init__(
        self, kata: Kata, stage: Stage, seed: int, mistake: Mistake, sketches: Indices
    ) -> None:
        self._reference, self._stage, self._seed = reference_of(kata.solutions, stage), stage, seed
        modules = reference_modules(kata.solutions, stage)
        self._witness = LiveWitness([mistake], modules, stage)
        self._sketches = sketches
        self.runs: dict[str, list[int]] = {}

    def reference(self, test: str) -> Reference:
        return self._reference

    def rng(self, test: str) -> Rng:
        return RoundedRng(self._seed, test, Tape(new_indices()))  # a tape that is never played

    def name_mistakes(self, runs: Sequence[TestRun]) -> Mapping[str, Named]:
        for run in runs:
            if run.failed and run.says_something and self._witness.explaining([run]):
                salt = salt_of(self._stage, self._seed, run.name)
                outcomes = [sketch(call.outcome, salt, run.folder) for call in run.calls]
                encoded = map(msgspec.msgpack.encode, outcomes)
                self.runs[run.name] = [self._sketches[one] for one in encoded]
        return {}

    def locate(self, run: TestRun, record: Record) -> None:
        return None


def constants_used(kata: Kata, stage: Stage) -> set[str]:
    """Return the constants of stages that a stage's visible tests need where its code runs."""
    used: set[str] = set()
    for test in visible_tests(kata.suite(stage)):
        used |= _taped(kata, stage, 0, test, new_indices()).taping.constants
    assert used <= CONSTANTS.keys()
    return used


def record_stage(kata: Kata, stage: Stage, seeds: Sequence[int], suite: str) -> bytes:
    """Record a stage, and return the content of its file; `suite` is the hash of the suite that is
    handed out."""
    values = new_indices()
    mistakes = mistakes_of(kata, stage)
    content = {
        "suite": suite,
        "mistakes": [[one.name, one.title, one.explanation, one.like] for one in mistakes],
        "seeds": {seed: _record_seed(kata, stage, seed, values) for seed in seeds},
        "values": [zlib.compress(value, 9) for value in values],
    }
    return pack(content)


def _record_seed(kata: Kata, stage: Stage, seed: int, values: Indices) -> bytes:
    tests = visible_tests(kata.suite(stage))
    tapes = {test.name: _taped(kata, stage, seed, test, values).tape.tracks for test in tests}
    runs: dict[str, list[Any]] = {test.name: [] for test in tests}
    sketches = new_indices()
    for number, mistake in enumerate(mistakes_of(kata, stage)):
        answers = MistakeOracle(kata, stage, seed, mistake, sketches)
        variant = code_with(reference_modules(kata.solutions, stage), stage, mistake.replaces)
        run_tests(TestContext(kata, answers), variant, tests)
        for name, outcomes in answers.runs.items():
            runs[name].append([number, outcomes])
    return zlib.compress(pack({"tapes": tapes, "runs": runs, "sketches": list(sketches)}), 9)


def _taped(kata: Kata, stage: Stage, seed: int, test: GradedTest, values: Indices) -> TapingOracle:
    answers = TapingOracle(kata, stage, seed, values)
    right = code_with(reference_modules(kata.solutions, stage), stage, {})
    (verdict,) = run_tests(TestContext(kata, answers), right, [test])
    if verdict.outcome != "passed" and not verdict.unavailable:
        raise UsageError(
            f"the reference fails {test.name} with seed {seed}: {verdict.message.splitlines()[0]}; "
            f"`grader author {stage.number}` says more"
        )
    return answers


def _hollow(value: Any) -> Any:
    """Return a value with the same type and shapes, and no data."""
    if isinstance(value, torch.Tensor):
        return torch.empty(value.shape, dtype=value.dtype, device="meta")
    if next(tensors_in(value), None) is None:
        return type(value)()
    if isinstance(value, dict):
        return {key: _hollow(item) for key, item in value.items()}
    return type(value)(map(_hollow, value))
