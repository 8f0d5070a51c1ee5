"""`grader author`: stages are checked in two processes side by side, problems listed at the end."""

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.pool import Pool

from rich.console import Console
from rich.text import Text

from grader.author.findings import Findings
from grader.kata import Kata
from grader.stage import Stage

PROCESSES = 2


def run_author(kata: Kata, console: Console, stages: Sequence[Stage], seeds: int) -> int:
    """Check stages and what belongs to no stage, and print what was found as it is found.

    Args:
        stages: what to check.
        seeds: how often each suite is held against its mistakes and right ways.

    Returns:
        the exit code: 0 when all is well, 1 when there is a problem.
    """
    problems: list[str] = []
    jobs = [*stages, None]
    with _workers(min(PROCESSES, len(jobs))) as pool, console.status("") as progress:
        found = pool.imap(partial(_check, kata, seeds), jobs)
        for done, stage in enumerate(jobs):
            name = stage.name if stage else "the whole kata"
            progress.update(f"{done} of {len(jobs)} done, now {name}")
            findings: Findings = next(found)
            console.print(_line(findings))
            problems += findings.problems
    _print_problems(console, problems)
    return 1 if problems else 0


def _check(kata: Kata, seeds: int, stage: Stage | None) -> Findings:
    from grader.author.stage_checks import check_stage, check_whole
    from grader.workers.warm_torch import warm_torch

    if stage is None:
        return check_whole(kata)
    warm_torch()
    return check_stage(kata, stage, seeds)


@contextmanager
def _workers(count: int) -> Iterator[Pool]:
    """Start processes that leave Ctrl-C to this one, which ends them."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # they inherit it
    try:
        pool = multiprocessing.get_context("spawn").Pool(count)
    finally:
        signal.signal(signal.SIGINT, before)
    with pool:
        yield pool


def _line(findings: Findings) -> Text:
    count = len(findings.problems)
    line = Text("  ")
    if count:
        line.append("FAIL", style="red")
        return line.append(f"  {findings.name:<31}{_counted(count)}", style="")
    line.append("ok  ", style="green")
    return line.append(f"  {findings.name:<31}{findings.held}", style="")


def _print_problems(console: Console, problems: Sequence[str]) -> None:
    if not problems:
        console.print("\nNothing is missing.")
        return
    console.print(f"\n{_counted(len(problems))}:")
    for problem in problems:
        console.print(Text(f"- {problem}"))


def _counted(count: int) -> str:
    return "1 problem" if count == 1 else f"{count} problems"
