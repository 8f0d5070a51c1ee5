"""How requests reach a server: in this process, or in a worker that may die or hang."""

from typing import Protocol

from grader.calls.call_server import CallServer


class WorkerLost(Exception):
    """There will be no answer; the message says why, in words for the learner."""

    def __init__(self, reason: str, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.timed_out = timed_out


class Superseded(BaseException):
    """A newer request has come, so nobody waits for this verdict any more.

    Not an Exception: it passes through everything that turns errors into verdicts.
    """


class Channel(Protocol):
    """Carries one request at a time to a server."""

    def ask(self, request: bytes, seconds: float) -> bytes:
        """Send a request and wait for its answer.

        Raises:
            WorkerLost: when no answer comes in `seconds`, or when the server has ended.
        """

    def printed(self) -> str:
        """Return what the learner's code has printed, as far as this channel keeps it."""

    def close(self) -> None:
        """End the server."""


class LocalChannel(CallServer):
    """A server in this process, so that a debugger works; it isolates nothing."""

    def ask(self, request: bytes, seconds: float) -> bytes:
        return self.answer(request)

    def printed(self) -> str:
        return ""

    def close(self) -> None:
        return None
