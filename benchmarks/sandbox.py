"""Measure what the sandbox costs per fork: the median of many, alternately with and without it.

    python -m benchmarks.sandbox

A worker is started, asked to load nothing, and stopped. The time runs from the request to fork to
the first answer, so it includes everything that happens before a submission is imported.
"""

import statistics
import tempfile
import time
from contextlib import closing
from functools import partial
from pathlib import Path

from grader.calls.packing import pack
from grader.editions import find_kata
from grader.sandbox import Confinement, probe
from grader.workers.fork_pool import ForkPool
from grader.workers.pool import start_pool
from grader.workers.worker_channel import WorkerChannel

FORKS = 200
MOST_MS = 10.0
_NOTHING = pack({"do": "load", "files": {}, "own": [], "earlier": {}})


def milliseconds(pool: ForkPool, confinement: Confinement | None) -> float:
    """Return the time from starting a worker to its first answer."""
    start = pool.worker if confinement is None else partial(pool.confined_worker, confinement)
    begun = time.perf_counter()
    with closing(_answering(start())):
        return 1000 * (time.perf_counter() - begun)


def _answering(channel: WorkerChannel) -> WorkerChannel:
    channel.ask(_NOTHING, 60.0)
    return channel


def main() -> None:
    """Measure and print."""
    pool = start_pool()
    assert isinstance(pool, ForkPool), "workers are not forked here"
    tiny_weights = find_kata(Path(__file__)).tiny_weights
    with closing(pool), tempfile.TemporaryDirectory() as folder:
        confinement = Confinement(Path(folder), (tiny_weights,))
        times: dict[bool, list[float]] = {True: [], False: []}
        for number in range(FORKS):
            for sandboxed in (True, False) if number % 2 else (False, True):
                times[sandboxed].append(milliseconds(pool, confinement if sandboxed else None))
    on, off = (statistics.median(times[sandboxed]) for sandboxed in (True, False))
    print(f"sandbox: {probe()}")
    print(f"a worker's first answer, median of {FORKS}: {on:.1f} ms with it, {off:.1f} ms without")
    print(f"the sandbox costs {on - off:.1f} ms per fork (at most {MOST_MS:g}), {on / off:.2f} x")


if __name__ == "__main__":
    main()
