"""Comparing a stage function by function: at the tiny model's sizes, then at the 8B's."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from grader.calls.channel import Channel
from grader.calls.code_under_test import CodeUnderTest
from grader.calls.requests import Callee
from grader.compare.cases import Case, cases_of
from grader.compare.figures import print_figures, print_skipped
from grader.compare.measure import Side, fits, measure
from grader.compare.sample_text import EIGHT_B, TINY
from grader.kata import Kata
from grader.memory import free_memory
from grader.stage import Stage
from grader.suite.fixtures import Called
from grader.suite.grade_stage import load_message
from grader.suite.oracle import reference_of

SECONDS = 20.0  # for one request, and each makes a call or a few


class Comparison:
    """A stage's two sides: the learner's code and the reference, each in workers of its own."""

    def __init__(
        self,
        kata: Kata,
        stage: Stage,
        open_channel: Callable[[], Channel],
        seconds: float = SECONDS,
    ) -> None:
        self._kata, self._stage = kata, stage
        self._yours, self._reference = (
            CodeUnderTest(stage, kata.stage_files(stage, folder), open_channel, seconds)
            for folder in (kata.exercises, kata.solutions)
        )
        self._failed: set[str] = set()  # functions of the learner's that are not called again

    def print(self, console: Console, seed: int) -> None:
        """Print values and times of every function."""
        if not self._yours.load():
            console.print(Text(load_message(self._yours)))
            self._failed.update(self._stage.names)
        with tempfile.TemporaryDirectory(prefix="kata-") as folder:
            sizes = (
                cases_of(self._kata, self._stage, size, seed, Path(folder))
                for size in (TINY, EIGHT_B)
            )
            for cases in zip(*sizes, strict=True):
                console.print(Text(f"\n{cases[0].name}", "bold"))
                for case in cases:
                    self._print_case(console, case)
        if self._yours.printed().strip():
            console.print("\nYour code prints while it runs, and its times hold that too.")

    def close(self) -> None:
        """End the workers."""
        self._yours.close()
        self._reference.close()

    def _print_case(self, console: Console, case: Case) -> None:
        if reason := _reason_to_skip(case):
            print_skipped(console, case, reason)
            return
        with console.status(f"{case.name}, {case.size} ..."):
            yours, reference = self._measure(case)
        called = Called(self._yours, Callee(case.name), reference_of(self._kata.solutions))
        print_figures(console, case, yours, reference, called)

    def _measure(self, case: Case) -> tuple[Side | None, Side]:
        if case.name in self._failed:
            (reference,) = measure(case, [self._reference])
            return None, reference
        yours, reference = measure(case, [self._yours, self._reference])
        if yours.failed:
            self._failed.add(case.name)
        return yours, reference


def _reason_to_skip(case: Case) -> str:
    """Return why a call cannot be made here, after its files have been written; empty if it can."""
    if not fits(case, sides=1):
        needed, free = case.bytes / 1e6, free_memory() / 1e6
        return f"it needs {needed:,.0f} MB of memory, and {free:,.0f} MB are free"
    try:
        if case.inputs.prepare:
            case.inputs.prepare()
    except (OSError, RuntimeError) as error:  # torch turns a full disk into a RuntimeError
        return f"its file of {case.inputs.on_disk / 1e6:,.0f} MB cannot be written ({error})"
    return ""
