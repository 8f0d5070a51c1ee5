"""Starting workers, and talking to one that may crash, hang or answer nonsense."""

import os
import signal
import socket
import sys
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Pipe
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from grader.calls.channel import Superseded, WorkerLost
from grader.calls.packing import MAX_BYTES
from grader.workers.prints import NamedPrints, NamelessPrints, Prints
from grader.workers.warm_torch import freeze_garbage, warm_torch
from grader.workers.wire import ConnectionWire, SocketWire, TooLong, Wire
from grader.workers.worker import spawned_main

if TYPE_CHECKING:
    from grader.sandbox import Confinement
    from grader.workers.zygote import Zygote

CAN_FORK = sys.platform == "linux"
PRINTED_BYTES = 10_000  # of what a learner's code prints, this much is shown
STRANGERS_BYTES = 8 * 2**20  # of a stranger's answer; the largest right one has half a million
START_SECONDS = 120.0  # for a fresh interpreter to import torch on a slow machine


class WorkerPool(Protocol):
    """Gives workers, each a fresh process."""

    def worker(self) -> "WorkerChannel":
        """Start a worker, or hand over one that was started ahead of time."""

    def prepare(self) -> None:
        """Start a worker ahead of time, for whoever asks next."""

    def close(self) -> None:
        """End every worker."""


def start_pool(interrupted_by: int | None = None) -> WorkerPool:
    """Make ready to start workers; call it before anything of the trusted side is imported.

    Args:
        interrupted_by: a file descriptor; when there is something to read on it, calls that wait
            for a worker end it and raise Superseded.
    """
    warm_torch()
    freeze_garbage()
    return ForkPool.start(interrupted_by) if CAN_FORK else SpawnPool(interrupted_by)


class ForkPool:
    """Workers forked from a zygote (Linux)."""

    def __init__(self, zygote: "Zygote", interrupted_by: int | None = None) -> None:
        self._zygote = zygote
        self._interrupted_by = interrupted_by
        self._spare: WorkerChannel | None = None

    @classmethod
    def start(cls, interrupted_by: int | None = None) -> "ForkPool":
        """Fork the zygote from this process."""
        from grader.workers.zygote import Zygote

        return cls(Zygote.start(), interrupted_by)

    def another(self) -> "ForkPool":
        """Give a pool whose workers are apart from this one's and end with it, whatever happens."""
        return ForkPool(self._zygote.another(), self._interrupted_by)

    def worker(self) -> "WorkerChannel":
        worker, self._spare = self._spare or self._start(), None
        return worker

    def confined_worker(self, confinement: "Confinement") -> "WorkerChannel":
        """Start a worker that is locked down before it loads anything."""
        return self._start(confinement)

    def prepare(self) -> None:
        self._spare = self._spare or self._start()

    def _start(self, confinement: "Confinement | None" = None) -> "WorkerChannel":
        ours, theirs = socket.socketpair()
        prints = NamelessPrints()
        with theirs:
            pid = self._zygote.start_worker(theirs.fileno(), prints.fileno(), confinement)
        process = _Forked(self._zygote, pid)
        if confinement is None:
            return WorkerChannel(SocketWire(ours, self._interrupted_by), prints, process, MAX_BYTES)
        look = partial(_look_at, pid, confinement.folder, prints.fileno())
        wire = SocketWire(ours, self._interrupted_by, look)
        return WorkerChannel(wire, prints, process, STRANGERS_BYTES)

    def close(self) -> None:
        if self._spare is not None:
            self._spare.close()
        self._zygote.close()


class SpawnPool:
    """Workers in fresh interpreters (macOS, Windows); one spare is started ahead of time."""

    def __init__(self, interrupted_by: int | None = None) -> None:
        self._interrupted_by = interrupted_by
        self._spare = self._start()

    def worker(self) -> "WorkerChannel":
        worker, self._spare = self._spare, self._start()
        return worker

    def prepare(self) -> None:
        return None  # there is always one

    def _start(self) -> "WorkerChannel":
        ours, theirs = Pipe()
        prints = NamedPrints()
        process = get_context("spawn").Process(
            target=spawned_main, args=(theirs, prints.name), daemon=True
        )
        process.start()
        theirs.close()
        wire = ConnectionWire(ours, self._interrupted_by)
        return WorkerChannel(wire, prints, _Spawned(process), MAX_BYTES, START_SECONDS)

    def close(self) -> None:
        self._spare.close()


class _Process(Protocol):
    def kill(self) -> None: ...

    def reap(self) -> int:
        """Wait for the end; give the exit code, or minus the signal."""


class _Forked:
    def __init__(self, zygote: "Zygote", pid: int) -> None:
        self._zygote, self._pid = zygote, pid

    def kill(self) -> None:
        os.kill(self._pid, signal.SIGKILL)

    def reap(self) -> int:
        return os.waitstatus_to_exitcode(self._zygote.reap(self._pid))


class _Spawned:
    def __init__(self, process: BaseProcess) -> None:
        self._process = process

    def kill(self) -> None:
        self._process.kill()

    def reap(self) -> int:
        self._process.join()
        return self._process.exitcode or 0


class WorkerChannel:
    """A server in another process."""

    def __init__(
        self,
        wire: Wire,
        prints: Prints,
        process: _Process,
        most_bytes: int,
        start_seconds: float = 0.0,
    ) -> None:
        """Take hold of a worker.

        Args:
            most_bytes: of an answer.
            start_seconds: what the first answer may take longer.
        """
        self._wire, self._prints, self._process = wire, prints, process
        self._start_seconds, self._most_bytes = start_seconds, most_bytes
        self._printed = ""
        self._ended = False

    def ask(self, request: bytes, seconds: float) -> bytes:
        allowed = seconds + self._start_seconds
        self._start_seconds = 0.0
        try:
            return self._wire.exchange(request, allowed, self._most_bytes)
        except TimeoutError:
            self._end()
            raise WorkerLost(f"no answer within {seconds:g} s", timed_out=True) from None
        except (EOFError, ConnectionError):
            code = self._end()
            raise WorkerLost(_how_it_ended(code)) from None
        except TooLong:
            self._end()
            raise WorkerLost(f"its answer is larger than {self._most_bytes} bytes") from None
        except (Superseded, WorkerLost):
            self._end()
            raise

    def printed(self) -> str:
        if not self._ended:
            self._read_prints()
        return self._printed

    def close(self) -> None:
        if not self._ended:
            self._end()

    def _end(self) -> int:
        self._wire.close()
        self._process.kill()  # does nothing to one that has ended by itself
        code = self._process.reap()
        self._read_prints()
        self._prints.close()
        self._ended = True
        return code

    def _read_prints(self) -> None:
        data = self._prints.beginning(PRINTED_BYTES + 1)
        text = data[:PRINTED_BYTES].decode("utf-8", errors="replace")
        self._printed = text + ("\n... (more was printed)" if len(data) > PRINTED_BYTES else "")


def _look_at(pid: int, folder: Path, prints: int) -> None:
    """Look at what a stranger's worker uses.

    Raises:
        WorkerLost: when it is too much.
    """
    from grader.sandbox.usage import usage_of

    if too_much := usage_of(pid, folder, prints).excess():
        raise WorkerLost(f"{too_much}, and was ended")


def _how_it_ended(code: int) -> str:
    if code == -signal.SIGSEGV:
        return "it crashed the Python process (segmentation fault)"
    if code < 0:
        return f"it ended the Python process (signal {signal.Signals(-code).name})"
    return f"it ended the Python process (exit code {code})"
