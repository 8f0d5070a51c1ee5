"""Naming the mistake behind a failing test from what was recorded of the mistakes.

The rule is that of `grader.diagnosis.diagnose`: a mistake explains a test when everything that came
of the learner's calls came of the mistake's. Code that makes the same mistake makes the same calls,
also where one call's result goes into the next; so outcomes are compared one by one, in order.
"""

from collections.abc import Sequence
from pathlib import Path

from grader.calls.code_under_test import Call
from grader.calls.outcome import Lost
from grader.diagnosis.known_mistakes import Mistake
from grader.handout.outcome_sketch import Sketch, alike, sketch
from grader.handout.recording import Recording
from grader.stage import Stage


class RecordedDiagnosis:
    """Looks for the mistakes in one student's code, test after test."""

    def __init__(self, recording: Recording, stage: Stage, seed: int) -> None:
        self._recording, self._stage, self._seed = recording, stage, seed
        self._found: list[Mistake] = []

    def name(self, test: str, calls: Sequence[Call], folder: Path | None) -> Mistake | None:
        """Name the mistake that explains the calls of a test that has just failed, if any."""
        runs = self._recording.runs(self._seed, test)
        if not runs or any(isinstance(call.outcome, Lost) for call in calls):
            return None
        salt = salt_of(self._stage, self._seed, test)
        seen = [sketch(call.outcome, salt, folder) for call in calls]
        explaining = [mistake for mistake, recorded in runs if _same_run(recorded, seen)]
        for mistake in self._found:  # what an earlier test has shown counts first
            if mistake in explaining:
                return mistake
        if not explaining or any(one.like != explaining[0].name for one in explaining[1:]):
            return None
        self._found.append(explaining[0])
        return explaining[0]


def salt_of(stage: Stage, seed: int, test: str) -> str:
    """Return the salt of a test's hashes, so that equal outcomes hash differently."""
    return f"{stage.name}/{seed}/{test}"


def _same_run(recorded: Sequence[Sketch], seen: Sequence[Sketch]) -> bool:
    return len(recorded) == len(seen) and all(map(alike, recorded, seen))
