"""What the tests of a stage are graded by: the reference, random inputs, and the known mistakes.

In the whole kata all of it is live. A handout plays it back as it was recorded (`grader.handout`),
and neither the suites nor those who run them see the difference.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

from grader.calls.stage_modules import reference_modules
from grader.diagnosis.evidence import TestRun, name_mistakes
from grader.diagnosis.known_mistakes import Mistake, mistakes_of
from grader.diagnosis.live_witness import LiveWitness
from grader.kata import Kata
from grader.stage import Stage
from grader.suite.rng import Rng
from grader.suite.yours_and_reference import Reference


class Oracle(Protocol):
    """The answers to one stage's tests, for one seed."""

    def reference(self, test: str) -> Reference:
        """Return what a test calls as `reference`."""

    def rng(self, test: str) -> Rng:
        """Return a test's random inputs."""

    def name_mistakes(self, runs: Sequence[TestRun]) -> Mapping[str, Mistake]:
        """Return the known mistake behind each failing test, by the test's name, where there is
        one. The temporary folders of the tests must still be there."""


@cache
def reference_of(solutions: Path, graded: Stage | None = None) -> Reference:
    """Return the reference as suites call it, see `reference_modules`."""
    return Reference(reference_modules(solutions, graded))


class LiveOracle:
    """The reference and the mistakes as they are run."""

    def __init__(self, kata: Kata, stage: Stage, seed: int) -> None:
        self._kata, self._stage, self._seed = kata, stage, seed

    def reference(self, test: str) -> Reference:
        return reference_of(self._kata.solutions, self._stage)

    def rng(self, test: str) -> Rng:
        return Rng(self._seed, test)

    def name_mistakes(self, runs: Sequence[TestRun]) -> Mapping[str, Mistake]:
        mistakes = mistakes_of(self._kata, self._stage)
        reference = reference_modules(self._kata.solutions, self._stage)
        return name_mistakes(runs, LiveWitness(mistakes, reference, self._stage))
