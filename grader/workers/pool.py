"""Start workers: forked where that is safe, else in fresh interpreters."""

import socket
import sys
from contextlib import ExitStack, closing
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Pipe
from typing import TYPE_CHECKING, TypeAlias

from grader.calls.argument_memory import GraderMemory
from grader.calls.channel import WorkerLost
from grader.calls.packing import MAX_BYTES
from grader.workers.prints import NamedPrints, NamelessPrints
from grader.workers.warm_torch import freeze_garbage, warm_torch
from grader.workers.wire import ConnectionWire, SocketWire
from grader.workers.worker import spawned_main
from grader.workers.worker_channel import WorkerChannel

if TYPE_CHECKING:
    from grader.sandbox import Confinement
    from grader.workers.zygote import Zygote

CAN_FORK = sys.platform == "linux"
UNTRUSTED_BYTES = 8 * 2**20  # of an untrusted answer; the largest correct one has half a million
START_SECONDS = 120.0  # for a fresh interpreter to import torch on a slow machine


def start_pool(interrupted_by: int | None = None) -> "WorkerPool":
    """Return a pool that starts workers. Call it before importing suites or the reference.

    Args:
        interrupted_by: a file descriptor; as soon as it has something to read, calls that wait for
            a worker end that worker and raise Superseded.

    Raises:
        OSError: if no process can be started.
    """
    warm_torch()
    freeze_garbage()
    return ForkPool(interrupted_by) if CAN_FORK else SpawnPool(interrupted_by)


class ForkPool:
    """Workers forked from a zygote (Linux)."""

    def __init__(self, interrupted_by: int | None = None, zygote: "Zygote | None" = None) -> None:
        from grader.workers.zygote import Zygote

        self._zygote = zygote or Zygote.start()
        self._interrupted_by = interrupted_by
        self._spare: WorkerChannel | None = None

    def another(self) -> "ForkPool":
        """Return a pool whose workers are separate from this one's, and always end with it."""
        return ForkPool(self._interrupted_by, self._zygote.another())

    def worker(self) -> WorkerChannel:
        """Return the worker that was started ahead of time, or start one."""
        worker, self._spare = self._spare or self._start(), None
        return worker

    def confined_worker(self, confinement: "Confinement") -> WorkerChannel:
        """Start a worker that is sandboxed before it loads anything."""
        return self._start(confinement)

    def prepare(self) -> None:
        """Start a worker ahead of time, for the next call of `worker`."""
        self._spare = self._spare or self._start()

    def _start(self, confinement: "Confinement | None" = None) -> WorkerChannel:
        from grader.sandbox.limits import usage_of

        with ExitStack() as undo:  # if this machine runs out of processes or files
            ours, theirs = map(undo.enter_context, socket.socketpair())
            prints = undo.enter_context(closing(NamelessPrints()))
            memory = undo.enter_context(closing(GraderMemory())) if confinement else None
            confined = (confinement, memory.fd) if confinement and memory else None
            pid = self._zygote.start_worker(theirs.fileno(), prints.fileno(), confined)
            undo.pop_all()
        theirs.close()
        end = partial(self._zygote.end_child, pid)
        if confinement is None:
            return WorkerChannel(SocketWire(ours, self._interrupted_by), prints, end, MAX_BYTES)

        def look() -> None:
            if too_much := usage_of(pid, confinement.folder, prints.fileno()).excess():
                raise WorkerLost(f"{too_much}, and was ended")

        wire = SocketWire(ours, self._interrupted_by, look)
        return WorkerChannel(wire, prints, end, UNTRUSTED_BYTES, pid=pid, memory=memory)

    def close(self) -> None:
        """End every worker."""
        if self._spare is not None:
            self._spare.close()
        self._zygote.close()


class SpawnPool:
    """Workers in fresh interpreters (macOS, Windows); one spare is started ahead of time."""

    def __init__(self, interrupted_by: int | None = None) -> None:
        self._interrupted_by = interrupted_by
        self._spare = self._start()

    def worker(self) -> WorkerChannel:
        worker, self._spare = self._spare, self._start()
        return worker

    def prepare(self) -> None:
        return None  # there is always a spare

    def _start(self) -> WorkerChannel:
        ours, theirs = Pipe()
        prints = NamedPrints()
        process = get_context("spawn").Process(
            target=spawned_main, args=(theirs, str(prints.path)), daemon=True
        )
        process.start()
        theirs.close()

        def end(seconds: float) -> int:
            process.join(seconds)
            process.kill()
            process.join()
            return process.exitcode or 0

        wire = ConnectionWire(ours, self._interrupted_by)
        return WorkerChannel(wire, prints, end, MAX_BYTES, START_SECONDS)

    def close(self) -> None:
        self._spare.close()


WorkerPool: TypeAlias = ForkPool | SpawnPool
