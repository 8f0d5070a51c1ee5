"""The reference, random inputs and mistakes as they were recorded."""

import ast
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from grader.calls.code_under_test import Call
from grader.calls.recipe import Recipe
from grader.calls.requests import Callee
from grader.diagnosis.known_mistakes import Mistake
from grader.errors import UsageError
from grader.handout.recorded_diagnosis import RecordedDiagnosis
from grader.handout.recording import Entries, Recording, recording_of
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import stage_with
from grader.suite.difference import type_difference
from grader.suite.fixtures import Reference
from grader.suite.rng import Rng


class OutOfStep(UsageError):
    """A test asks for something else than when it was recorded; no verdict can come of that."""


class Reel:
    """One track of a tape, played from its beginning."""

    def __init__(self, recording: Recording, test: str, entries: Entries) -> None:
        self._recording, self._test, self._entries = recording, test, entries
        self._next = 0

    @property
    def at_end(self) -> bool:
        return self._next == len(self._entries)

    def play(self, wanted: str) -> Any:
        """Return the next value.

        Raises:
            OutOfStep: when it is not of what is wanted.
        """
        name, place = ("nothing more", 0) if self.at_end else self._entries[self._next]
        if name != wanted:
            raise OutOfStep(
                f"{self._test} is out of step with its recording: it asks for {wanted}, and "
                f"{name} comes next. Take the folders tests/ and recordings/ from the handout again"
            )
        self._next += 1
        return self._recording.value(place)


class RecordedReference(Reference):
    """A reference that says again what the real one said in this test."""

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
        self._kata, self._seed = kata, seed
        self._recording = recording_of(kata, stage)
        self._diagnosis = RecordedDiagnosis(self._recording, stage, seed)

    def reference(self, test: str) -> Reference:
        tape = self._recording.tape(self._seed, test)
        calls, kinds = (Reel(self._recording, test, track) for track in (tape.calls, tape.kinds))
        return RecordedReference(self._kata, calls, kinds)

    def rng(self, test: str) -> Rng:
        draws = self._recording.tape(self._seed, test).draws
        return RecordedRng(self._seed, test, Reel(self._recording, test, draws))

    def name_mistake(self, test: str, calls: Sequence[Call], folder: Path | None) -> Mistake | None:
        return self._diagnosis.name(test, calls, folder)


FOLLOW = "what a recipe makes"


def shown_draw(kind: str, shape: tuple[int, ...]) -> str:
    """Name a draw in a recording."""
    return f"{kind} {list(shape)}"


@lru_cache(maxsize=32)
def _parameters(stub: Path) -> dict[str, list[str]]:
    """Return the names of the parameters of a stub's functions."""
    nodes = ast.parse(stub.read_text(encoding="utf-8")).body
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    return {one.name: [arg.arg for arg in one.args.args] for one in functions}
