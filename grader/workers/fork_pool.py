"""Workers forked from a zygote (Linux)."""

import socket
from contextlib import ExitStack, closing
from functools import partial
from typing import TYPE_CHECKING

from grader.calls.argument_memory import GraderMemory
from grader.calls.channel import WorkerLost
from grader.calls.packing import MAX_BYTES
from grader.language import tr
from grader.workers.prints import NamelessPrints
from grader.workers.wire import SocketWire
from grader.workers.worker_channel import WorkerChannel

if TYPE_CHECKING:
    from grader.sandbox import Confinement
    from grader.workers.zygote import Zygote

UNTRUSTED_BYTES = 8 * 2**20  # of an untrusted answer; the largest correct one has half a million


class ForkPool:
    """Forks workers, and one ahead of time if asked to."""

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
                raise WorkerLost(tr("{too_much}, and was ended", too_much=too_much))

        wire = SocketWire(ours, self._interrupted_by, look)
        return WorkerChannel(wire, prints, end, UNTRUSTED_BYTES, pid=pid, memory=memory)

    def close(self) -> None:
        """End every worker."""
        if self._spare is not None:
            self._spare.close()
        self._zygote.close()
