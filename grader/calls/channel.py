"""How requests reach a server: in this process, or in a worker that may die or hang."""

import time
from collections.abc import Callable
from typing import Protocol

from grader.calls.argument_memory import GraderMemory
from grader.calls.call_server import CallServer


class WorkerLost(Exception):
    """There will be no answer; the message says why, in words for the learner.

    `busy` says that the machine may have caused a time-out by keeping the code from running.
    """

    def __init__(self, reason: str, timed_out: bool = False, busy: bool = False) -> None:
        super().__init__(reason)
        self.timed_out, self.busy = timed_out, busy


class OutOfTime(Exception):
    """The time is up.

    Args:
        busy: whether the worker may have been kept from running.
        waited: whether it is the time by the clock that is up, `PATIENCE` times the limit.
    """

    def __init__(self, busy: bool, waited: bool = False) -> None:
        super().__init__("out of time")
        self.busy, self.waited = busy, waited


# Answers a question; the seconds limit the processor time that this may take.
Reply = Callable[[bytes, float], bytes]

# A message that begins like this asks the grader something on the way to an answer. No answer
# begins like this, because msgpack never uses this byte.
QUESTION = b"\xc1"
PATIENCE = 3.0  # how many times its limit of processor time a call may take by the clock


class Superseded(BaseException):
    """A newer request has come, so nobody is waiting for this verdict anymore.

    Not an Exception, so that it passes through everything that turns errors into verdicts.
    """


class Channel(Protocol):
    """Carries one request at a time to a server."""

    memory: GraderMemory | None  # where the tensors of arguments go, if the server shares it

    def ask(self, request: bytes, seconds: float, reply: Reply | None = None) -> bytes:
        """Send a request and wait for its answer; `reply` answers what the server asks meanwhile,
        in time that counts as the server's.

        Raises:
            WorkerLost: if no answer comes in `seconds`, or if the server has ended.
        """

    def clock(self) -> float:
        """Return the time, in seconds, that limits are measured by."""

    def printed(self) -> str:
        """Return what the learner's code printed, as far as this channel keeps it."""

    def close(self) -> None:
        """End the server."""


class LocalChannel(CallServer):
    """A server in this process, so that debuggers work; it isolates nothing."""

    memory: GraderMemory | None = None

    def ask(self, request: bytes, seconds: float, reply: Reply | None = None) -> bytes:
        return self.answer(request)

    def clock(self) -> float:
        return time.monotonic()

    def printed(self) -> str:
        return ""

    def close(self) -> None:
        return None
