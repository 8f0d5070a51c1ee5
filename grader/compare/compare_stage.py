"""`grader compare`: the learner's stage next to the reference."""

import os
from contextlib import closing

from rich.console import Console
from rich.text import Text

from grader.check import passing
from grader.compare.sources import print_sources
from grader.errors import UsageError
from grader.kata import Kata
from grader.language import tr
from grader.learn.lesson import why_so
from grader.report.verdict_text import print_indented
from grader.seeds import fresh_seed
from grader.stage import Stage
from grader.targets import require_files
from grader.workers.pool import WorkerPool, start_pool


def run_compare(kata: Kata, console: Console, stage: Stage, reveal: bool, seed: int | None) -> None:
    """Print how a stage's values, times and source compare with the reference's.

    Args:
        reveal: show the source even if the stage has not passed.
        seed: the seed of the random inputs; if None, one is drawn.

    Raises:
        UsageError: if the stage has no code, or its file is missing.
    """
    if not stage.has_code:
        words = tr(
            "{name} has no code of its own: compare one of the stages it runs, such as "
            "`grader compare 19`",
            name=stage.name,
        )
        raise UsageError(words)
    require_files(kata.exercises, [stage], "exercises")
    with closing(_pool_on_one_core()) as pool:
        passed = bool(passing(kata, [stage], console))
        drawn = fresh_seed(seed)
        _print_head(console, stage, drawn)
        # The workers' zygote must be forked before suites and the reference are imported.
        from grader.compare.print_comparison import print_comparison

        print_comparison(console, kata, stage, pool.worker, drawn)
    console.print()
    if passed or reveal:
        print_sources(console, kata, stage)
    else:
        print_indented(
            console,
            tr(
                "Your code does not pass `grader check {number}` yet. Once it does, the source of "
                "the reference is shown here. To see it now, add --reveal.",
                number=stage.number,
            ),
            0,
        )
    if passed and (why := why_so(kata, stage)):
        console.print(Text(tr("Why the reference is written this way"), "bold"))
        print_indented(console, why, 0)


def _print_head(console: Console, stage: Stage, seed: int) -> None:
    title = tr(
        "s{number:02d} {title}: yours and the reference",
        number=stage.number,
        title=tr(stage.title),
    )
    console.print(Text(title, "bold"))
    print_indented(
        console,
        tr(
            "Both get the same inputs (seed {seed}) and take turns on one thread. Times are the "
            "median of the fastest round; a ratio above 1 means that yours takes longer.",
            seed=seed,
        ),
        0,
    )


def _pool_on_one_core() -> WorkerPool:
    """Start workers that share one core if possible, so that none has a busier core than others."""
    if not hasattr(os, "sched_setaffinity"):
        return start_pool()
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        return start_pool()
    finally:
        os.sched_setaffinity(0, cores)
