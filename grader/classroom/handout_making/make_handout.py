"""Make a handout: plan it, write it into a draft folder, and rename that when it is complete."""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.progress import track

from grader.classroom.handout_making.record_suite import constants_used, record_stage
from grader.classroom.handout_making.write_handout_files import write_files
from grader.editions import open_kata
from grader.errors import UsageError
from grader.handout.handout_file import Handout
from grader.handout.recording import hash_of_suite
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import STAGES, stage_of
from grader.suite.graded_tests import visible_tests
from grader.targets import require_reference
from grader.workers.warm_torch import warm_torch
from grader.write_files import naming_out

AT_ONCE = 2  # processes that record
SEEDS = (1, 2, 3, 4, 5)  # always the same, so that every handout gives the same verdicts


def make_handout(
    kata: Kata,
    console: Console,
    stages: Sequence[Stage],
    revealed: Sequence[Stage],
    out: Path,
    seeds: Sequence[int] = SEEDS,
) -> Handout:
    """Write a handout into the folder `out`.

    Args:
        kata: the whole kata.
        console: where the progress is shown.
        stages: the stages to hand out.
        revealed: the stages whose solutions are included.
        out: a new or empty folder.
        seeds: the seeds to record; tests record fewer.

    Returns:
        what the handout contains.

    Raises:
        UsageError: if the folder is not empty or can't be made, if stages are missing that others
            need, or if the reference fails.
        OSError: if a file of the kata can't be read or a file of the handout can't be written.
    """
    require_reference(kata, "`grader class handout`")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"--out {out} is not empty: choose a folder that doesn't exist yet")
    warm_torch()
    handout = plan_handout(kata, stages, revealed, seeds)
    with _draft_of(out) as draft:
        write_files(kata, handout, draft)
        _record(kata, console, handout, open_kata(draft))
    return handout


def plan_handout(
    kata: Kata, stages: Sequence[Stage], revealed: Iterable[Stage], seeds: Sequence[int] = SEEDS
) -> Handout:
    """Work out which stages each stage needs.

    Raises:
        UsageError: if the handout lacks some of them.
    """
    shown = frozenset(stage.number for stage in revealed)
    needs = {number: stage_of(number).uses for number in shown}
    needs |= {stage.number: _needs_of(kata, stage) for stage in stages}
    tests = {stage.number: visible_tests(kata.suite(stage)) for stage in stages}
    points = {number: sum(test.points for test in some) for number, some in tests.items()}
    handout = Handout(tuple(stage.number for stage in stages), shown, tuple(seeds), needs, points)
    _require_all_that_is_needed(handout)
    return handout


def _needs_of(kata: Kata, stage: Stage) -> tuple[int, ...]:
    """Return the earlier stages that a stage's code imports, or whose constants its suite needs in
    the process that runs this code."""
    constants = constants_used(kata, stage)
    owners = {one.number for one in STAGES if constants & set(one.names)} - {stage.number}
    return tuple(sorted(owners.union(stage.uses)))


def _require_all_that_is_needed(handout: Handout) -> None:
    handed_out = {stage.number for stage in handout.stages}
    for number in sorted(handout.needs):
        stage = stage_of(number)
        there = handed_out if stage.own_stages else handed_out | handout.revealed
        missing = [f"s{needed:02d}" for needed in handout.needs[number] if needed not in there]
        if missing:
            where = "--stages" if stage.own_stages else "--stages or to --reveal"
            are, them = ("are", "them") if missing[1:] else ("is", "it")
            raise UsageError(
                f"s{number:02d} uses {', '.join(missing)}, which {are} not in the handout: "
                f"add {them} to {where}"
            )


@contextmanager
def _draft_of(out: Path) -> Iterator[Path]:
    """Yield a folder that becomes `out` on success, and is removed on failure."""
    draft = out.parent / f".{out.name}.{os.getpid()}.draft"
    try:
        with naming_out(out):
            draft.mkdir(parents=True)
        yield draft
        with naming_out(out):
            if out.exists():
                out.rmdir()
            draft.rename(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _record(kata: Kata, console: Console, handout: Handout, written: Kata) -> None:
    """Record all stages, the last ones first because they take longest."""
    context = get_context("spawn")
    pool = ProcessPoolExecutor(AT_ONCE, mp_context=context, initializer=warm_torch)
    try:
        jobs = {}
        for stage in reversed(handout.stages):
            suite = hash_of_suite(written.suite(stage))
            jobs[pool.submit(record_stage, kata, stage, handout.seeds, suite)] = stage
        for job in track(
            as_completed(jobs),
            "recording",
            total=len(jobs),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        ):
            written.recording(jobs[job]).write_bytes(job.result())
    except BrokenProcessPool:
        raise UsageError(
            "a recording process was killed, perhaps because memory ran out: close other programs "
            "and run the same command again"
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
