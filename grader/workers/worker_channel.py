"""Talk to a worker that may crash, hang or answer nonsense."""

import os
import signal
import time
from collections.abc import Callable

from grader.calls.argument_memory import GraderMemory
from grader.calls.channel import PATIENCE, QUESTION, OutOfTime, Reply, Superseded, WorkerLost
from grader.language import mark, tr
from grader.workers.deadline import Deadline, processor_clock
from grader.workers.prints import NamedPrints, NamelessPrints
from grader.workers.wire import ConnectionWire, SocketWire

PRINTED_BYTES = 10_000  # how much is shown of what a learner's code prints
_LAST_SECONDS = 1.0  # for a process that has closed its connection to end on its own
_CRASHES = {
    -signal.SIGSEGV: mark("segmentation fault"),
    0xC0000005: mark("segmentation fault"),  # on Windows, an access violation
    0xC00000FD: mark("stack overflow"),  # on Windows
}


class WorkerChannel:
    """A call server in another process."""

    def __init__(
        self,
        wire: ConnectionWire | SocketWire,
        prints: NamelessPrints | NamedPrints,
        # Waits this many seconds, then ends the process; returns its code, or minus the signal.
        end_process: Callable[[float], int],
        most_bytes: int,  # of an answer
        pid: int | None = None,  # whose processor time is limited; None: limit the clock time
        memory: GraderMemory | None = None,
    ) -> None:
        self.memory = memory
        self._wire, self._prints, self._end_process = wire, prints, end_process
        self._pid, self._last_clock = pid, 0.0
        self._spent = 0.0  # processor time used here to answer the worker's questions
        self._most_bytes = most_bytes
        self._printed: str | None = None  # once the worker has ended

    def ask(self, request: bytes, seconds: float, reply: Reply | None = None) -> bytes:
        try:
            self._await_start()
            deadline = Deadline(seconds, self._pid)
            message = self._wire.exchange(request, deadline, self._most_bytes)
            while reply and message.startswith(QUESTION):
                answer = self._reply(reply, message.removeprefix(QUESTION), deadline)
                message = self._wire.exchange(answer, deadline, self._most_bytes)
            return message
        except OutOfTime as out:
            self._end()
            late = tr("no answer within {seconds:g} s", seconds=seconds)
            if out.waited:
                late = tr(
                    "no answer within {seconds:g} s, most of which it waited",
                    seconds=PATIENCE * seconds,
                )
            raise WorkerLost(late, True, out.busy) from None
        except (EOFError, ConnectionError):
            code = self._end(_LAST_SECONDS)
            raise WorkerLost(how_it_ended(code)) from None
        except (Superseded, WorkerLost):
            self._end()
            raise

    def _await_start(self) -> None:
        """Wait until the process can serve; a forked one always can."""

    def _reply(self, reply: Reply, question: bytes, deadline: Deadline) -> bytes:
        """Answer a worker's question. The worker is stopped meanwhile, because nothing checks what
        its other threads use."""
        begun = time.process_time()
        if self._pid is not None:
            os.kill(self._pid, signal.SIGSTOP)
        try:
            return reply(question, deadline.left())
        finally:
            if self._pid is not None:
                os.kill(self._pid, signal.SIGCONT)
            seconds = time.process_time() - begun
            deadline.spend(seconds)
            self._spent += seconds

    def clock(self) -> float:
        if self._printed is None:
            self._last_clock = processor_clock(self._pid)
        return self._last_clock + self._spent

    def printed(self) -> str:
        return self._read_prints() if self._printed is None else self._printed

    def close(self) -> None:
        self._end()

    def _end(self, seconds: float = 0.0) -> int:
        """End the process if it is still running, and return its exit code."""
        if self._printed is not None:
            return 0
        self.clock()
        self._wire.close()
        try:
            return self._end_process(seconds)
        finally:
            self._printed = self._read_prints()
            self._prints.close()
            if self.memory is not None:
                self.memory.close()

    def _read_prints(self) -> str:
        data = self._prints.beginning(PRINTED_BYTES + 1)
        text = data[:PRINTED_BYTES].decode("utf-8", errors="replace")
        more = tr("... (more was printed)")
        return f"{text}\n{more}" if len(data) > PRINTED_BYTES else text


def how_it_ended(code: int) -> str:
    """Return a message for a worker's exit code, or for minus the signal that ended it."""
    if code in _CRASHES:
        return tr("it crashed the Python process ({how})", how=tr(_CRASHES[code]))
    if code < 0:  # real-time signals have no name
        name = next((known.name for known in signal.Signals if known == -code), str(-code))
        return tr("it ended the Python process (signal {name})", name=name)
    return tr("it ended the Python process (exit code {code})", code=code)
