"""Talking to a worker that may crash, hang or answer nonsense."""

import os
import signal
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Protocol

from grader.calls.channel import Superseded, WorkerLost
from grader.workers.prints import Prints
from grader.workers.wire import TooLong, Wire

if TYPE_CHECKING:
    from grader.workers.zygote import Zygote

PRINTED_BYTES = 10_000  # of what a learner's code prints, this much is shown


class Process(Protocol):
    def kill(self) -> None: ...

    def reap(self) -> int:
        """Wait for the end; give the exit code, or minus the signal."""


class ForkedProcess:
    def __init__(self, zygote: "Zygote", pid: int) -> None:
        self._zygote, self._pid = zygote, pid

    def kill(self) -> None:
        os.kill(self._pid, signal.SIGKILL)

    def reap(self) -> int:
        return os.waitstatus_to_exitcode(self._zygote.reap(self._pid))


class SpawnedProcess:
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
        process: Process,
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


def _how_it_ended(code: int) -> str:
    if code == -signal.SIGSEGV:
        return "it crashed the Python process (segmentation fault)"
    if code < 0:
        return f"it ended the Python process (signal {signal.Signals(-code).name})"
    return f"it ended the Python process (exit code {code})"
