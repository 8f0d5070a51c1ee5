"""Compare a stage function by function, at the tiny model's sizes and at the 8B's."""

import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.text import Text

from grader.calls.channel import Channel
from grader.calls.code_under_test import CodeUnderTest
from grader.calls.request_writer import Callee
from grader.compare.cases import Case, cases_of
from grader.compare.measure import fits, measure
from grader.compare.sample_text import EIGHT_B, TINY, in_words
from grader.compare.values_and_times import print_figures, print_labelled
from grader.free_memory import free_memory
from grader.kata import Kata
from grader.language import tr
from grader.stage import Stage
from grader.suite.grade_stage import load_message
from grader.suite.oracle import reference_of
from grader.suite.yours_and_reference import Called

SECONDS = 20.0  # time limit of one request, which makes one or a few calls


def print_comparison(
    console: Console,
    kata: Kata,
    stage: Stage,
    open_channel: Callable[[], Channel],
    seed: int,
    seconds: float = SECONDS,
) -> None:
    """Print the values and times of every function of a stage, the learner's and the reference's.

    Args:
        open_channel: starts a worker; each side gets its own.
        seed: the seed of the random inputs.
        seconds: the time limit of one request.
    """
    yours, reference = (
        CodeUnderTest(stage, kata.stage_files(stage, folder), open_channel, seconds)
        for folder in (kata.exercises, kata.solutions)
    )
    # Windows can't remove a folder while a worker has a file in it open, so workers end first.
    with (
        tempfile.TemporaryDirectory(prefix="kata-", ignore_cleanup_errors=True) as folder,
        closing(yours),
        closing(reference),
    ):
        codes = [yours, reference]
        if not yours.load():
            console.print(Text(load_message(yours)))
            codes = [reference]
        of_size = partial(cases_of, kata, stage, seed=seed, folder=Path(folder))
        for cases in zip(of_size(TINY), of_size(EIGHT_B), strict=True):
            called = Called(yours, Callee(cases[0].name), reference_of(kata.solutions))
            _print_function(console, cases, codes, called)
        if yours.printed().strip():
            console.print()
            console.print(tr("Your code prints while it runs, so its times include the printing."))


def _print_function(
    console: Console, cases: Sequence[Case], codes: list[CodeUnderTest], called: Called
) -> None:
    """Print one function at every size; if the learner's fails, it is not called again."""
    console.print(Text(f"\n{cases[0].name}", "bold"))
    for case in cases:
        size = in_words(case.size)
        print_labelled(console, size, case.inputs.sizes, "dim")
        if reason := _reason_to_skip(case):
            print_labelled(console, "", tr("skipped: {reason}", reason=reason))
            continue
        with console.status(tr("{function}, {size} ...", function=case.name, size=size)):
            *yours, reference = measure(case, codes)
        print_figures(console, case, next(iter(yours), None), reference, called)
        if any(side.failed for side in yours):
            codes = codes[1:]


def _reason_to_skip(case: Case) -> str:
    """Write a call's files, and return why the call can't be made here; empty if it can."""
    if not fits(case, sides=1):
        return tr(
            "it needs {needed:,.0f} MB of memory, but only {free:,.0f} MB are free",
            needed=case.bytes / 1e6,
            free=free_memory() / 1e6,
        )
    try:
        if case.inputs.prepare:
            case.inputs.prepare()
    except (OSError, RuntimeError) as error:  # torch turns a full disk into a RuntimeError
        return tr(
            "its file of {size:,.0f} MB can't be written ({error})",
            size=case.inputs.on_disk / 1e6,
            error=error,
        )
    return ""
