"""Compare the cost of a class's submission with a cold pytest: `python -m benchmarks.class_cost`.

The submissions have all 20 stages, all of them right. Beyond the suites' own computing, the engine
may cost at most 0.35 of a cold pytest process that runs the same suites on the same files, and with
two at once at most 0.08 of its elapsed time. The engine's cost is that of the whole command,
including intake, the journal and all files of results; the cost of a class of two is subtracted, so
startup doesn't count. Before this, the cost of calls of earlier stages is measured, and after it
the memory of the command and all its descendants (summed Pss) while two submissions are graded at
once, right ones and then memory bombs. Linux only.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import pss_mb
from benchmarks.wire import print_wire
from grader.author.grade_variants import grade_solutions
from grader.editions import find_kata
from grader.kata import Kata
from grader.stages import STAGES
from grader.workers.fork_pool import ForkPool
from grader.workers.pool import start_pool

FEW, MANY = 2, 12  # submissions; the cost of one is computed from the difference
SHARE, SHARE_OF_TWO = 0.35, 0.08  # the second of elapsed time, with two at once
MOST_MB = 2560
BOMBS = 6
# Fills its memory, holds it until the other one has done the same, and returns a large result.
BOMB = """
import time
import torch

def rms_norm(x, weight, eps):
    pieces = []
    try:
        while True:
            pieces.append(b"x" * 10**6)
    except MemoryError:
        time.sleep(1)
    pieces.clear()
    return torch.ones(5 * 10**6)
"""


@dataclass(frozen=True)
class Cost:
    """Elapsed seconds, and seconds of processor time."""

    wall: float
    processor: float

    def beyond(self, other: "Cost", share: int = 1) -> "Cost":
        """Return the difference, divided by `share`."""
        wall, processor = self.wall - other.wall, self.processor - other.processor
        return Cost(wall / share, processor / share)


def hand_in(kata: Kata, folder: Path, count: int) -> Path:
    """Write `count` copies of the solutions as submissions, no two of them the same."""
    for number in range(count):
        own = folder / f"student{number:02}"
        shutil.copytree(kata.solutions, own, ignore=shutil.ignore_patterns("__pycache__"))
        with (own / "s01_vocabulary.py").open("a") as file:
            file.write(f"# {number}\n")
    return folder


def hand_in_bombs(kata: Kata, folder: Path) -> Path:
    """Write submissions that fill the memory in one of their stages."""
    for own in hand_in(kata, folder, BOMBS).iterdir():
        (own / "s09_rms_norm.py").write_text(BOMB)
    return folder


def command(folder: Path, out: Path, at_once: int) -> list[str]:
    """Return the command that grades a class into a fresh folder."""
    shutil.rmtree(out, ignore_errors=True)
    grade = ["grader", "class", "grade", str(folder), "--out", str(out), "--seed", "1"]
    return [sys.executable, "-m", *grade, "--jobs", str(at_once)]


def cost_of(run: Sequence[str]) -> Cost:
    """Run a program, and return the cost of it and its descendants."""
    before, begun = _processor_seconds(), time.perf_counter()
    subprocess.run(run, stdout=subprocess.DEVNULL, check=True)
    return Cost(time.perf_counter() - begun, _processor_seconds() - before)


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def own_computing(kata: Kata) -> Cost:
    """Return the cost of the suites and the code under test alone, in this process."""
    wall, processor = time.perf_counter(), time.process_time()
    for stage in STAGES:
        grade_solutions(kata, stage, 1)
    return Cost(time.perf_counter() - wall, time.process_time() - processor)


def peak_mb(run: Sequence[str]) -> float:
    """Run a program, and return the peak memory of it and its descendants together."""
    with subprocess.Popen(run, stdout=subprocess.DEVNULL) as program:
        most = 0.0
        while program.poll() is None:
            most = max(most, pss_mb(program.pid))
            time.sleep(0.02)
    return most


def measure(kata: Kata, folder: Path, rounds: int) -> dict[str, Cost]:
    """Return the medians over some rounds, each of which measures everything in turn."""
    few, many = hand_in(kata, folder / "few", FEW), hand_in(kata, folder / "many", MANY)
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    pytest += ["--target", str(few / "student00"), str(kata.root / "tests")]

    def engine(at_once: int) -> dict[str, Cost]:
        small = cost_of(command(few, folder / "out", at_once))
        one = cost_of(command(many, folder / "out", at_once)).beyond(small, MANY - FEW)
        started = small.beyond(Cost(FEW * one.wall, FEW * one.processor))
        words = "one after the other" if at_once == 1 else "two at once"
        return {f"the engine, {words}": one, f"  its startup, {words}": started}

    steps: list[Callable[[], dict[str, Cost]]] = [
        lambda: engine(1),
        lambda: {"the suites' own computing": own_computing(kata)},
        lambda: {"a cold pytest": cost_of(pytest)},
        lambda: engine(2),
    ]
    found: dict[str, list[Cost]] = {}
    for number in range(rounds):
        for step in steps:
            for name, cost in step().items():
                found.setdefault(name, []).append(cost)
        load = os.getloadavg()[0]
        print(f"  round {number + 1} of {rounds} done (load {load:.1f})", file=sys.stderr)
    return {name: _median(costs) for name, costs in found.items()}


def _median(costs: Sequence[Cost]) -> Cost:
    walls, processor = [cost.wall for cost in costs], [cost.processor for cost in costs]
    return Cost(statistics.median(walls), statistics.median(processor))


def print_costs(medians: dict[str, Cost]) -> bool:
    """Print the medians and the ratios; return whether the limits are kept."""
    print(f"{'seconds per submission, medians':<42}{'elapsed':>8}{'processor':>11}")
    for name, cost in sorted(medians.items(), key=lambda item: item[0].startswith(" ")):
        print(f"{name:<42}{cost.wall:8.2f}{cost.processor:11.2f}")
    own, pytest = medians["the suites' own computing"], medians["a cold pytest"]
    engines = {name: cost for name, cost in medians.items() if name.startswith("the engine")}
    kept = True
    for name, cost in engines.items():
        more = cost.beyond(own)
        wall, processor = more.wall / pytest.wall, more.processor / pytest.processor
        most = SHARE_OF_TWO if "two" in name else SHARE
        print(
            f"{name}, beyond the suites: {wall:.2f} of pytest's elapsed time (at most {most}), "
            f"{processor:.2f} of its processor time (at most {SHARE})"
        )
        kept &= wall <= most and processor <= SHARE
    return kept


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="(default: 5)")
    options = parser.parse_args()
    kata = find_kata()
    pool = start_pool()
    assert isinstance(pool, ForkPool), "workers are not forked here"
    own_computing(kata)  # loads the suites
    with closing(pool):
        print_wire(kata, pool)
    with tempfile.TemporaryDirectory(prefix="kata-") as name:
        folder = Path(name)
        kept = print_costs(measure(kata, folder, options.rounds))
        bombs = hand_in_bombs(kata, folder / "bombs")
        for title, handed_in in (("right code", folder / "many"), ("memory bombs", bombs)):
            most = peak_mb(command(handed_in, folder / "out", 2))
            print(f"peak memory, two at once, {title}: {most:.0f} MB (limit {MOST_MB})")
            kept &= most <= MOST_MB
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
