"""Measure what a class of 300 distinct submissions takes: `python -m benchmarks.distinct_class`.

Each submission is the reference with a random subset of stages replaced by known mistakes, and some
are unfinished (see benchmarks/made_class.py), so that nothing is graded once for several people and
mistakes are searched for. A sample is graded by the command itself, two at once, and the cost of a
few is subtracted, so startup doesn't count. Beside it stands what the same suites cost in this
process: no sandbox, no other process, no files. Processor time is what counts, because it hardly
depends on what else the machine does. Linux only.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.class_cost import Cost, command, cost_of
from benchmarks.made_class import Made, Maker
from grader.calls.channel import LocalChannel
from grader.editions import find_kata
from grader.kata import Kata
from grader.stages import STAGES
from grader.suite.grade_stage import grade_stage
from grader.workers.warm_torch import warm_torch

CLASS, AT_ONCE, MOST_MINUTES = 300, 2, 10
_FEW = 4
_GRADED = [stage for stage in STAGES if not stage.bonus]  # what a class is graded in by default


def own_computing(kata: Kata, folder: Path, made: Sequence[Made]) -> Cost:
    """Return the cost of the suites on these submissions in this process."""
    wall, processor = time.perf_counter(), time.process_time()
    files = [(stage, folder / one.name) for one in made for stage in _GRADED]
    with _quiet():
        for stage, own in files:
            if (own / f"{stage.name}.py").exists():
                grade_stage(kata, stage, own, 1, LocalChannel)
    return Cost(time.perf_counter() - wall, time.process_time() - processor)


@contextmanager
def _quiet() -> Iterator[None]:
    """Discard what libraries write to stderr about the mistakes, such as tiktoken's panics."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def measure(kata: Kata, place: Path, count: int, seed: int) -> tuple[Cost, Cost, Cost]:
    """Return the cost of a submission in a class, of its suites alone, and of starting."""
    warm_torch()
    maker = Maker(kata, seed, attacking=0)
    few, many = place / "few", place / "many"
    with _quiet():
        made = [maker.make(number) for number in range(_FEW + count)]
    for number, one in enumerate(made):
        one.write(many)
        if number < _FEW:
            one.write(few)
    own = own_computing(kata, many, made[_FEW:]).beyond(Cost(0, 0), count)
    small = cost_of(command(few, place / "out", AT_ONCE))
    one_more = cost_of(command(many, place / "out", AT_ONCE)).beyond(small, count)
    started = small.beyond(Cost(_FEW * one_more.wall, _FEW * one_more.processor))
    return one_more, own, started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=20, help="submissions (default: 20)")
    parser.add_argument("--seed", type=int, default=16, help="of the class (default: 16)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kata-") as name:
        graded, own, started = measure(find_kata(), Path(name), options.count, options.seed)
    print(f"{'seconds per submission':<42}{'elapsed':>8}{'processor':>11}")
    for title, cost in (("graded, two at once", graded), ("the suites' own computing", own)):
        print(f"{title:<42}{cost.wall:8.2f}{cost.processor:11.2f}")
    print(f"{'starting, once':<42}{started.wall:8.2f}{started.processor:11.2f}")
    share = own.processor / graded.processor
    minutes = (CLASS * graded.processor / AT_ONCE + started.processor) / 60
    print(f"the suites' own computing is {share:.0%} of the processor time")
    print(
        f"{CLASS} submissions, two at once on two idle cores: {minutes:.1f} minutes "
        f"(at most {MOST_MINUTES}); load while measuring: {os.getloadavg()[0]:.1f}"
    )
    sys.exit(0 if minutes <= MOST_MINUTES else 1)


if __name__ == "__main__":
    main()
