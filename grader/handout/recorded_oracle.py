"""The reference, random inputs and mistakes as they were recorded."""

import ast
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from grader.calls.code_under_test import Call
from grader.calls.outcome import Lost
from grader.calls.recipe import Recipe
from grader.calls.requests import Callee
from grader.diagnosis.known_mistakes import Mistake
from grader.handout.outcome_sketch import alike, sketch
from grader.handout.recording import Reel, recording_of
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import stage_with
from grader.suite.difference import type_difference
from grader.suite.rng import Rng
from grader.suite.yours_and_reference import Reference


class RecordedReference(Reference):
    """A reference that replays what the real one returned in this test."""

    def __init__(self, kata: Kata, calls: Reel, kinds: Reel) -> None:
        self._kata, self._calls, self._kinds = kata, calls, kinds

    def call(self, callee: Callee, args: Sequence[Any]) -> Any:
        return self._calls.play(callee.shown)

    def follow(self, value: Any) -> Any:
        return self._calls.play(FOLLOW) if isinstance(value, Recipe) else value

    def type_problem(self, name: str, args: Sequence[Any], value: Any) -> str | None:
        """Compare with the type that the reference gave; a test that asks once for each thing it
        has found may, with wrong code, ask more often than was recorded."""
        return None if self._kinds.at_end else type_difference(value, self._kinds.play(name))

    def constant(self, name: str) -> Any:
        """Return the learner's own, which is there where the code runs."""
        return Recipe(name, ())

    def parameters(self, name: str) -> list[str]:
        return _parameters(self._kata.stub(stage_with(name)))[name]


class RecordedRng(Rng):
    """Random inputs whose tensors are those that were drawn when the test was recorded; Python's
    own numbers are the same everywhere."""

    def __init__(self, seed: int, name: str, draws: Reel) -> None:
        super().__init__(seed, name)
        self._draws = draws

    def _draw(self, kind: str, shape: tuple[int, ...]) -> torch.Tensor:
        drawn: torch.Tensor = self._draws.play(shown_draw(kind, shape))
        return drawn.float() if drawn.is_floating_point() else drawn


class RecordedOracle:
    """The answers to one stage's tests, played back."""

    def __init__(self, kata: Kata, stage: Stage, seed: int) -> None:
        self._kata, self._stage, self._seed = kata, stage, seed
        self._recording = recording_of(kata, stage)
        self._found: list[Mistake] = []

    def reference(self, test: str) -> Reference:
        reels = (self._recording.reel(self._seed, test, track) for track in ("calls", "kinds"))
        return RecordedReference(self._kata, *reels)

    def rng(self, test: str) -> Rng:
        return RecordedRng(self._seed, test, self._recording.reel(self._seed, test, "draws"))

    def name_mistake(self, test: str, calls: Sequence[Call], folder: Path | None) -> Mistake | None:
        """Name a mistake by the rule of `grader.diagnosis.diagnose`. Code that makes a mistake
        makes the same calls as the mistake itself, so outcomes are compared in order."""
        runs = self._recording.runs(self._seed, test)
        if not runs or any(isinstance(call.outcome, Lost) for call in calls):
            return None
        salt = salt_of(self._stage, self._seed, test)
        seen = [sketch(call.outcome, salt, folder) for call in calls]
        explaining = [
            mistake
            for mistake, recorded in runs
            if len(recorded) == len(seen) and all(map(alike, recorded, seen))
        ]
        for mistake in self._found:  # what an earlier test has shown counts first
            if mistake in explaining:
                return mistake
        if not explaining or any(one.like != explaining[0].name for one in explaining[1:]):
            return None
        self._found.append(explaining[0])
        return explaining[0]


FOLLOW = "what a recipe makes"


def shown_draw(kind: str, shape: tuple[int, ...]) -> str:
    """Name a draw in a recording."""
    return f"{kind} {list(shape)}"


def salt_of(stage: Stage, seed: int, test: str) -> str:
    """Return the salt of a test's hashes, so that equal outcomes hash differently."""
    return f"{stage.name}/{seed}/{test}"


@lru_cache(maxsize=32)
def _parameters(stub: Path) -> dict[str, list[str]]:
    """Return the names of the parameters of a stub's functions."""
    nodes = ast.parse(stub.read_text(encoding="utf-8")).body
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    return {one.name: [arg.arg for arg in one.args.args] for one in functions}
