"""`grader author`: check stages in two processes, and list the problems at the end."""

import multiprocessing
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.pool import Pool

from rich.console import Console
from rich.text import Text

from grader.kata import Kata
from grader.stage import Stage
from grader.stages import STAGES

PROCESSES = 2


def run_author(kata: Kata, console: Console, stages: Sequence[Stage], seeds: int) -> int:
    """Check stages, print the results as they come and then the problems, and return the exit code.

    Args:
        stages: none for all of them, and for what belongs to no stage.
        seeds: the number of seeds to test each suite with.
    """
    problems: list[str] = []
    jobs: list[Stage | None] = list(stages) or [*STAGES, None]
    with _workers(min(PROCESSES, len(jobs))) as pool, console.status("") as progress:
        found = pool.imap(partial(_check, kata, seeds), jobs)
        for done, stage in enumerate(jobs):
            name = stage.name if stage else "the whole kata"
            progress.update(f"{done} of {len(jobs)} done, now {name}")
            wrong, remark = next(found)
            console.print(_line(name, len(wrong), remark))
            problems += wrong
    console.print(f"\n{_counted(len(problems))}:" if problems else "\nNothing is missing.")
    for problem in problems:
        console.print(Text(f"- {problem}"))
    return 1 if problems else 0


def _check(kata: Kata, seeds: int, stage: Stage | None) -> tuple[list[str], str]:
    from grader.author.all_problems import check_stage, check_whole, what_was_compared
    from grader.workers.warm_torch import warm_torch

    if stage is None:
        return check_whole(kata)
    warm_torch()
    problems = check_stage(kata, stage, seeds)
    return problems, "" if problems else what_was_compared(kata, stage)


@contextmanager
def _workers(count: int) -> Iterator[Pool]:
    """Start processes that ignore Ctrl-C; this process handles it, ends them, and removes the
    temporary files they were using."""
    with tempfile.TemporaryDirectory(prefix="kata-", ignore_cleanup_errors=True) as scratch:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # they inherit it
        try:
            start = multiprocessing.get_context("spawn").Pool
            pool = start(count, initializer=_make_temporary_files_in, initargs=(scratch,))
        finally:
            signal.signal(signal.SIGINT, before)
        with pool:
            yield pool


def _make_temporary_files_in(folder: str) -> None:
    tempfile.tempdir = folder


def _line(name: str, count: int, remark: str) -> Text:
    line = Text("  ")
    line.append("FAIL  " if count else "ok    ", style="red" if count else "green")
    return line.append(f"{name:<31}{_counted(count) if count else remark}", style="")


def _counted(count: int) -> str:
    return "1 problem" if count == 1 else f"{count} problems"
