"""Send requests to a worker and receive answers, without trusting the worker.

Both are preceded by their length, as multiprocessing's connections write them. Such a connection
is used where workers are spawned, which hold the learner's own code. On Linux, where they may hold
untrusted code, nothing is ever waited for without a limit: not for a worker that does not read what
it is sent, nor for the second half of an answer.
"""

import select
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait

from grader.calls.channel import Superseded, WorkerLost

_LENGTH = struct.Struct("!i")
LOOK_SECONDS = 0.05  # between two looks at what a worker uses


def _too_long(most: int) -> WorkerLost:
    return WorkerLost(f"its answer is larger than {most} bytes")


class ConnectionWire:
    """A connection of multiprocessing."""

    def __init__(self, connection: Connection, interrupted_by: int | None) -> None:
        self._connection = connection
        self._awaited: list[Connection | int] = [connection]
        if interrupted_by is not None:
            self._awaited.append(interrupted_by)

    def exchange(self, request: bytes, seconds: float, most: int) -> bytes:
        """Do what `SocketWire.exchange` does."""
        self._connection.send_bytes(request)
        ready = wait(self._awaited, seconds)
        if not ready:
            raise TimeoutError
        if self._connection not in ready:
            raise Superseded
        try:
            return self._connection.recv_bytes(most)
        except ConnectionError:
            raise
        except OSError:  # what it says to a message over its limit
            raise _too_long(most) from None

    def close(self) -> None:
        self._connection.close()


class SocketWire:
    """A socket that never blocks."""

    def __init__(
        self,
        ours: socket.socket,
        interrupted_by: int | None,
        look: Callable[[], None] = lambda: None,
    ) -> None:
        """Take our end; `look` is called while an answer is waited for, and once it is there."""
        ours.setblocking(False)
        self._socket, self._interrupted_by, self._look = ours, interrupted_by, look

    def exchange(self, request: bytes, seconds: float, most: int) -> bytes:
        """Send a request and return its answer, of at most `most` bytes.

        Raises:
            TimeoutError: when the answer is not there in time.
            EOFError, ConnectionError: when the other end is closed.
            WorkerLost: before anything of a longer answer is read, or when it uses too much.
            Superseded: when somebody wants something else in the meantime.
        """
        until = time.monotonic() + seconds
        left = memoryview(_LENGTH.pack(len(request)) + request)
        while left:
            self._await(select.POLLOUT, until)
            with suppress(BlockingIOError):  # there is room, but too little
                left = left[self._socket.send(left) :]
        (length,) = _LENGTH.unpack(self._receive(_LENGTH.size, until))
        if not 0 <= length <= most:
            raise _too_long(most)
        answer = self._receive(length, until)
        self._look()
        return answer

    def close(self) -> None:
        self._socket.close()

    def _receive(self, count: int, until: float) -> bytes:
        data = bytearray()
        while len(data) < count:
            self._await(select.POLLIN, until)
            part = self._socket.recv(count - len(data))
            if not part:
                raise EOFError
            data += part
        return bytes(data)

    def _await(self, event: int, until: float) -> None:
        """Wait until the socket is ready, or its other end closed."""
        poll = select.poll()
        poll.register(self._socket, event)
        if self._interrupted_by is not None:
            poll.register(self._interrupted_by, select.POLLIN)
        while True:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            ready = poll.poll(1000 * min(left, LOOK_SECONDS))
            if any(fd == self._socket.fileno() for fd, _ in ready):
                return
            if ready:
                raise Superseded
            self._look()
