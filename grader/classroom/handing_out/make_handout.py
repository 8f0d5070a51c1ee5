"""Making a handout: planned, written into a draft folder beside its place, and then renamed."""

import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from grader.classroom.handing_out.handout_contents import write_files
from grader.classroom.handing_out.handout_plan import SEEDS, plan_handout
from grader.classroom.handing_out.record_suite import record_stage
from grader.editions import open_kata
from grader.errors import UsageError
from grader.handout.handout_file import Handout
from grader.handout.recording import hash_of_suite
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import stage_of
from grader.targets import require_reference
from grader.workers.warm_torch import warm_torch

AT_ONCE = 2  # processes that record


def make_handout(
    kata: Kata,
    console: Console,
    stages: Sequence[Stage],
    revealed: Sequence[Stage],
    out: Path,
    seeds: Sequence[int] = SEEDS,
) -> Handout:
    """Write what students are given into the folder `out`.

    Raises:
        UsageError: when the folder is not free, or when stages are missing that others need.
    """
    require_reference(kata, "`grader class handout`")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"--out {out} is not empty: name a folder that is not there yet")
    warm_torch()
    handout = plan_handout(kata, stages, revealed, seeds)
    with _draft_of(out) as draft:
        write_files(kata, handout, draft)
        _record(kata, console, handout, open_kata(draft))
    return handout


@contextmanager
def _draft_of(out: Path) -> Iterator[Path]:
    """Give a folder that becomes `out` when all goes well, and goes when it does not."""
    draft = out.parent / f".{out.name}.{os.getpid()}.draft"
    try:
        draft.mkdir(parents=True)
        yield draft
        if out.exists():
            out.rmdir()
        draft.rename(out)
    except OSError as error:
        raise UsageError(f"--out {out} cannot be written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _record(kata: Kata, console: Console, handout: Handout, written: Kata) -> None:
    """Record all stages, the last ones first: they take longest."""
    columns = TextColumn("recording"), BarColumn(), MofNCompleteColumn(), TextColumn("stages")
    bar = Progress(
        *columns,
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    context = get_context("spawn")
    pool = ProcessPoolExecutor(AT_ONCE, mp_context=context, initializer=warm_torch)
    try:
        with bar:
            task = bar.add_task("", total=len(handout.stages))
            jobs = {}
            for stage in reversed(handout.stages):
                suite = hash_of_suite(written.suite(stage))
                job = pool.submit(_recorded, kata, stage.number, handout.seeds, suite)
                jobs[job] = stage
            for job in as_completed(jobs):
                written.recording(jobs[job]).write_bytes(job.result())
                bar.advance(task)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _recorded(kata: Kata, number: int, seeds: Sequence[int], suite: str) -> bytes:
    return record_stage(kata, stage_of(number), seeds, suite)
