"""The oracle of a handout: the reference, random inputs and mistakes as recorded."""

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from grader.calls.recipe import Recipe
from grader.calls.request_writer import Callee
from grader.diagnosis.evidence import Record, TestRun, name_mistakes
from grader.diagnosis.known_mistakes import Mistake, Named, Pair
from grader.diagnosis.relations import located_result, relation
from grader.diagnosis.two_tensors import Problem
from grader.handout.outcome_sketch import alike, sketch
from grader.handout.recording import Reel, recording_of
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import stage_with
from grader.suite.difference import type_difference
from grader.suite.rng import Rng
from grader.suite.yours_and_reference import Reference
from grader.verdict import Located


class RecordedReference(Reference):
    """A reference that replays what the real one returned in a test."""

    def __init__(self, kata: Kata, calls: Reel, kinds: Reel) -> None:
        self._kata, self._calls, self._kinds = kata, calls, kinds

    def call(self, callee: Callee, args: Sequence[Any]) -> Any:
        return self._calls.play(callee.shown)

    def follow(self, value: Any) -> Any:
        return self._calls.play(FOLLOW) if isinstance(value, Recipe) else value

    def type_problem(self, name: str, args: Sequence[Any], value: Any) -> str | None:
        """Compare with the type that the reference returned.

        A test that asks once per item may ask more often than was recorded if the code is wrong.
        """
        return None if self._kinds.at_end else type_difference(value, self._kinds.play(name))

    def constant(self, name: str) -> Any:
        """Return a recipe for the learner's own constant, which exists where the code runs."""
        return Recipe(name, ())

    def parameters(self, name: str) -> list[str]:
        return _parameters(self._kata.stub(stage_with(name)))[name]


class RecordedRng(Rng):
    """Random inputs whose tensors were recorded; Python's own random numbers are the same
    everywhere."""

    def __init__(self, seed: int, name: str, draws: Reel) -> None:
        super().__init__(seed, name)
        self._draws = draws

    def _draw(self, kind: str, shape: tuple[int, ...]) -> torch.Tensor:
        drawn: torch.Tensor = self._draws.play(shown_draw(kind, shape))
        return drawn.float() if drawn.is_floating_point() else drawn


class RecordedOracle:
    """Answers one stage's tests from its recording."""

    def __init__(self, kata: Kata, stage: Stage, seed: int) -> None:
        self._kata, self._stage, self._seed = kata, stage, seed
        self._recording = recording_of(kata, stage)

    def reference(self, test: str) -> Reference:
        reels = (self._recording.reel(self._seed, test, track) for track in ("calls", "kinds"))
        return RecordedReference(self._kata, *reels)

    def rng(self, test: str) -> Rng:
        return RecordedRng(self._seed, test, self._recording.reel(self._seed, test, "draws"))

    def name_mistakes(self, runs: Sequence[TestRun]) -> Mapping[str, Named]:
        return name_mistakes(runs, self)

    def locate(self, run: TestRun, record: Record) -> Located | None:
        """Relate the result to the expected one: a handout has nothing else to compare with."""
        wrong = run.wrong
        if wrong is None or not isinstance(wrong.got, torch.Tensor):
            return None
        how = relation(wrong.got, wrong.expected, Problem())
        return located_result(how) if how else None

    def explaining(self, runs: Sequence[TestRun]) -> list[Mistake]:
        """Return the mistakes that explain all these failing tests.

        Code with a mistake makes the same calls as the mistake itself, so outcomes are compared in
        order.
        """
        first, *others = map(self._alike, runs)
        return [one for one in first if all(one in other for other in others)]

    def explains(self, mistake: Mistake, run: TestRun) -> bool:
        """Return whether a mistake explains a failing test."""
        return mistake in self._alike(run)

    def contradicts(self, mistake: Mistake, run: TestRun) -> bool:
        """Return whether a mistake fails a test that has passed."""
        return mistake in self._recording.failing(self._seed, run.name)

    def pairs(
        self,
        failing: Sequence[TestRun],
        passing: Sequence[TestRun],
        possible: Callable[[Mistake], bool],
    ) -> list[Pair]:
        """Return no pairs, because combinations of two mistakes aren't recorded."""
        return []

    def pair_explains(self, pair: Pair, run: TestRun) -> bool:
        return False

    def _alike(self, run: TestRun) -> list[Mistake]:
        """Return the mistakes that fail a test with the outcomes that were seen."""
        salt = salt_of(self._stage, self._seed, run.name)
        seen = [sketch(call.outcome, salt, run.folder) for call in run.calls]
        return [
            mistake
            for mistake, recorded in self._recording.runs(self._seed, run.name)
            if len(recorded) == len(seen) and all(map(alike, recorded, seen))
        ]


FOLLOW = "what a recipe makes"


def shown_draw(kind: str, shape: tuple[int, ...]) -> str:
    """Return the name of a draw in a recording."""
    return f"{kind} {list(shape)}"


def salt_of(stage: Stage, seed: int, test: str) -> str:
    """Return the salt of a test's hashes, so that equal outcomes hash differently."""
    return f"{stage.name}/{seed}/{test}"


@lru_cache(maxsize=32)
def _parameters(stub: Path) -> dict[str, list[str]]:
    """Return the parameter names of each function in a stub."""
    nodes = ast.parse(stub.read_text(encoding="utf-8")).body
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    return {one.name: [arg.arg for arg in one.args.args] for one in functions}
