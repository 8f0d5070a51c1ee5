"""The oracle that a stage's tests use: the reference, random inputs, and the known mistakes.

In the whole kata all of these are live. A handout plays back a recording (`grader.handout`), and
neither the suites nor their callers see the difference.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Protocol

import torch

from grader.calls.outcome import Raised, Seen
from grader.calls.plain_values import map_tensors, tensors_in
from grader.calls.stage_modules import StageModules, reference_modules
from grader.diagnosis.evidence import Record, TestRun, WrongValue, name_mistakes
from grader.diagnosis.known_mistakes import Named, mistakes_of
from grader.diagnosis.landmarks import landmarks_of
from grader.diagnosis.live_witness import LiveWitness
from grader.diagnosis.locate import Locator
from grader.diagnosis.locate_plain import is_plain, locate_plain, together, wrong_call
from grader.diagnosis.readings import probes_of, reading_of
from grader.diagnosis.recorded_reference import recorded_reference
from grader.diagnosis.suspect_lines import RANDOM
from grader.diagnosis.two_tensors import HALVES
from grader.kata import Kata
from grader.language import tr
from grader.stage import Stage
from grader.suite.rng import Rng
from grader.suite.yours_and_reference import Reference
from grader.verdict import Located


class Oracle(Protocol):
    """The answers to one stage's tests, for one seed."""

    def reference(self, test: str) -> Reference:
        """Return the object that a test calls as `reference`."""

    def rng(self, test: str) -> Rng:
        """Return a test's random inputs."""

    def name_mistakes(self, runs: Sequence[TestRun]) -> Mapping[str, Named]:
        """Return the known mistake behind each failing test that has one, by the test's name. The
        temporary folders of the tests must still exist."""

    def locate(self, run: TestRun, record: Record) -> Located | None:
        """Return where the call that made a test fail goes wrong, as far as that can be shown;
        `record` repeats a call."""


@cache
def reference_of(solutions: Path, graded: Stage | None = None) -> Reference:
    """Return the reference as suites call it; see `reference_modules`."""
    return Reference(reference_modules(solutions, graded))


class LiveOracle:
    """The reference and the mistakes themselves."""

    def __init__(self, kata: Kata, stage: Stage, seed: int) -> None:
        self._kata, self._stage, self._seed = kata, stage, seed

    def reference(self, test: str) -> Reference:
        return reference_of(self._kata.solutions, self._stage)

    def rng(self, test: str) -> Rng:
        return Rng(self._seed, test)

    def name_mistakes(self, runs: Sequence[TestRun]) -> Mapping[str, Named]:
        if not self._stage.has_code:
            return {}
        mistakes = mistakes_of(self._kata, self._stage)
        reference = reference_modules(self._kata.solutions, self._stage)
        return name_mistakes(runs, LiveWitness(mistakes, reference, self._stage))

    def locate(self, run: TestRun, record: Record) -> Located | None:
        wrong = run.wrong
        if wrong is None or wrong.call.device:
            return None
        if not self._stage.has_code:  # its calls go to many files
            return None
        modules, callee = reference_modules(self._kata.solutions, self._stage), wrong.call.callee
        reference = reference_of(self._kata.solutions, self._stage)
        if isinstance(wrong.got, Raised):
            return self._values(wrong, modules, reference, partial(record, wrong.call))
        reading = reading_of(self._stage, callee)
        if reading or is_plain(wrong.expected):
            probes = probes_of(self._stage, callee)
            known = wrong_call(run, wrong, reference, modules.find, record, probes)
            values = (
                None
                if callee.method
                else self._values(wrong, modules, reference, partial(record, wrong.call))
            )
            is_related = values is not None and values.relation is not None
            if values and values.relation == tr(RANDOM):
                return values
            return together(values, locate_plain(known, callee, reading, is_related))
        if callee.method:
            return None
        return self._values(wrong, modules, reference, partial(record, wrong.call))

    def _values(
        self,
        wrong: WrongValue,
        modules: StageModules,
        reference: Reference,
        record: Callable[[], Sequence[Seen]],
    ) -> Located | None:
        """Compare the calls and the tensors along the way with the reference's."""
        name = wrong.call.callee.name
        given = [reference.follow(arg) for arg in wrong.call.args]
        args = tuple(map_tensors(_in_float32, arg) for arg in given)
        try:
            right = recorded_reference(modules, self._stage, name, args)
        except Exception:  # an error was expected
            return None
        # Half-precision values are rounded on the way, so that none of these can be called missing.
        is_half = any(one.dtype in HALVES for one in tensors_in(given))
        landmarks = [] if is_half else list(landmarks_of(self._stage, name, args))
        locator = Locator(modules.find(name), args, wrong, landmarks, modules.find, is_half)
        if isinstance(wrong.got, Raised):
            return locator.locate_error(record(), right)
        return locator.locate(record, right)


def _in_float32(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.float() if tensor.dtype in HALVES else tensor
