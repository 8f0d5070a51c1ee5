"""Compare spawned workers with forked ones: `python -m benchmarks.spawned` (Linux only).

macOS and Windows can't fork workers, so each one is a fresh interpreter that imports torch. Linux
does the same when KATA_NO_FORK is set. Both ways take turns in every round, in a copy of the kata
with the solutions: the processor time of `grader check --all` and of `grader check 9`, and the time
from a save to the verdict in the process that grades for `grader watch`. The save that interrupts
an endless loop is timed too, because its worker is lost.
"""

import argparse
import asyncio
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from grader.stages import stage_of
from grader.tests.clone import Clone, clone_into
from grader.watch.watch_client import WatchClient

NO_FORK = "KATA_NO_FORK"
STAGE = stage_of(9)
ENDLESS = "def rms_norm(x, weight, eps):\n    while True:\n        pass\n"
PAUSE = 4.0  # seconds between two saves, for the next worker to get ready
Times = dict[str, list[float]]  # by what is measured: of forked workers, and of spawned ones


def processor_seconds(clone: Clone, *args: str) -> float:
    """Return the processor time of a command and of every process that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "grader", *args]
    subprocess.run(command, cwd=clone.root, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


async def saves(clone: Clone, rounds: int) -> Times:
    """Return the seconds from a save to its verdict, without the first, which starts cold."""
    path = clone.kata.exercise(STAGE)
    right = path.read_text(encoding="utf-8")
    found: Times = {"from the save to the verdict, s": [], "the same after an endless loop, s": []}
    client = WatchClient(clone.kata)
    await client.ready()
    async for _ in client.grade([STAGE.number], 0):
        pass
    for seed in range(1, rounds + 1):
        for seconds in found.values():
            await asyncio.sleep(PAUSE)
            begun = time.perf_counter()
            async for verdict in client.grade([STAGE.number], seed):
                seconds.append(time.perf_counter() - begun)
                assert verdict.status == "passed", verdict
            path.write_text(ENDLESS, encoding="utf-8")
            endless = asyncio.create_task(_ignored(client, seed))
            await asyncio.sleep(PAUSE / 4)
            path.write_text(right, encoding="utf-8")
            client.supersede()
            await endless
    await client.close()
    return found


async def _ignored(client: WatchClient, seed: int) -> None:
    async for _ in client.grade([STAGE.number], seed):
        pass


def measured(clone: Clone, rounds: int) -> Times:
    """Measure everything once, `rounds` saves included."""
    target = ("--target", "solutions")
    return {
        "check --all, s of processor time": [processor_seconds(clone, "check", "--all", *target)],
        "check 9, s of processor time": [processor_seconds(clone, "check", "9", *target)],
        **asyncio.run(saves(clone, rounds)),
    }


def main() -> None:
    """Print the medians of both ways, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    both: dict[str, tuple[list[float], list[float]]] = {}
    with tempfile.TemporaryDirectory(prefix="kata-") as folder:
        clone = clone_into(Path(folder))
        clone.solve()
        for _ in range(options.rounds):
            for way in range(2):
                os.environ.pop(NO_FORK, None)
                os.environ.update({NO_FORK: "1"} if way else {})
                for name, seconds in measured(clone, 2).items():
                    both.setdefault(name, ([], []))[way].extend(seconds)
    print(f"{'':<40}{'forked':>9}{'spawned':>9}   ratio")
    for name, times in both.items():
        forked, spawned = map(statistics.median, times)
        print(f"{name:<40}{forked:9.2f}{spawned:9.2f}{spawned / forked:8.2f}")


if __name__ == "__main__":
    main()
