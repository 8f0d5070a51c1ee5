"""Workers in fresh interpreters (macOS, Windows).

A fresh interpreter takes over a second to import torch. So one is started ahead of time, and one
that has served a stage serves the next stage too, unless the code has changed something in it.
"""

from multiprocessing.connection import Connection

from grader.calls.channel import OutOfTime, WorkerLost
from grader.calls.packing import MAX_BYTES
from grader.language import tr
from grader.workers.deadline import Deadline
from grader.workers.spawn_messages import READY
from grader.workers.spawned_process import SpawnedProcess
from grader.workers.wire import ConnectionWire
from grader.workers.worker_channel import WorkerChannel

START_SECONDS = 120.0  # for a fresh interpreter to import torch on a slow machine


class SpawnPool:
    """Starts processes ahead of time, and uses them again."""

    def __init__(
        self,
        interrupted_by: Connection | int | None = None,
        ahead: SpawnedProcess | None = None,
    ) -> None:
        """Take over the process that has been started ahead of time, or start one."""
        self._interrupted_by = interrupted_by
        self._waiting = [ahead or SpawnedProcess()]
        self._used: SpawnedProcess | None = None  # it has served a stage, and ended well
        self._wanted = 1  # how many should wait

    def worker(self) -> WorkerChannel:
        """Return a worker that knows of no other stage."""
        self._wanted = 2  # if this one is lost, the next one should be waiting already
        self._renew()
        process = self._waiting.pop(0) if self._waiting else SpawnedProcess()
        return _SpawnedChannel(self, process, self._interrupted_by)

    def prepare(self) -> None:
        """Have workers ready for the next calls of `worker`, for as long as grading goes on."""
        self._renew()
        while len(self._waiting) < self._wanted:
            self._waiting.append(SpawnedProcess())

    def take_back(self, process: SpawnedProcess) -> None:
        """Keep a process that nobody needs at the moment."""
        if self._used is not None:
            self._used.end()
        self._used = process

    def close(self) -> None:
        """End every process that isn't in use."""
        for process in (*self._waiting, self._used):
            if process is not None:
                process.end()
        self._waiting, self._used = [], None

    def _renew(self) -> None:
        """Let the used process be the next one to serve, or end it if code has changed it."""
        used, self._used = self._used, None
        if used is not None and used.renew():
            self._waiting.insert(0, used)
        elif used is not None:
            used.end()


class _SpawnedChannel(WorkerChannel):
    """A worker that goes back to its pool when it is closed, instead of ending."""

    def __init__(
        self, pool: SpawnPool, process: SpawnedProcess, interrupted_by: Connection | int | None
    ) -> None:
        self._connection = ConnectionWire(process.connection, interrupted_by)
        super().__init__(self._connection, process.prints, self._stop, MAX_BYTES)
        self._pool, self._process = pool, process

    def _await_start(self) -> None:
        if not self._process.is_fresh:
            return
        try:
            self._connection.receive(Deadline(START_SECONDS, None), len(READY))
        except OutOfTime:
            late = tr("no process could be started within {seconds:g} s", seconds=START_SECONDS)
            raise WorkerLost(late) from None
        self._process.is_fresh = False

    def _stop(self, seconds: float) -> int:
        """End the process, because it is lost, and have the next ones start meanwhile."""
        code = self._process.stop(seconds)
        self._pool.prepare()
        return code

    def close(self) -> None:
        if self._printed is None:
            self._printed = self._read_prints()
            # Torch gives some warnings once per process, and the next stage should get its own.
            if "Warning" in self._printed:
                self._process.end()
            else:
                self._pool.take_back(self._process)
