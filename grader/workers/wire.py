"""Send requests to a worker and receive answers, without trusting the worker.

Each message is preceded by its length, in the format of multiprocessing's connections. Such a
connection is used where workers are spawned; these hold the learner's own code. On Linux, where
workers may hold untrusted code, every wait has a limit: even if a worker doesn't read what it is
sent, or sends only half an answer.
"""

import select
import socket
import struct
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait

from grader.calls.channel import QUESTION, Superseded, WorkerLost
from grader.language import tr
from grader.workers.deadline import Deadline

_LENGTH = struct.Struct("!i")
_AT_ONCE = 65_536
LOOK_SECONDS = 0.05  # between two checks of what a worker uses


def _too_long(most: int) -> WorkerLost:
    return WorkerLost(tr("its answer is larger than {count} bytes", count=most))


class ConnectionWire:
    """A connection of multiprocessing."""

    def __init__(self, connection: Connection, interrupted_by: Connection | int | None) -> None:
        self._connection = connection
        self._awaited: list[Connection | int] = [connection]
        if interrupted_by is not None:
            self._awaited.append(interrupted_by)

    def exchange(self, request: bytes, deadline: Deadline, most: int) -> bytes:
        """Do what `SocketWire.exchange` does."""
        self._connection.send_bytes(request)
        return self.receive(deadline, most)

    def receive(self, deadline: Deadline, most: int) -> bytes:
        """Wait for a message, and return it; what it raises is what `exchange` raises."""
        while not (ready := wait(self._awaited, deadline.left())):
            continue
        if self._connection not in ready:
            raise Superseded
        try:
            return self._connection.recv_bytes(most)
        except ConnectionError:
            raise
        except OSError:  # what it raises for a message over its limit
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
        """Take our end; `look` is called while waiting for an answer, and when it has arrived."""
        ours.setblocking(False)
        self._socket, self._interrupted_by, self._look = ours, interrupted_by, look
        self._looked = time.monotonic()
        self._received = bytearray()  # bytes that are not consumed yet

    def exchange(self, request: bytes, deadline: Deadline, most: int) -> bytes:
        """Send a request and return its answer, of at most `most` bytes.

        Raises:
            OutOfTime: if the answer doesn't arrive in time.
            EOFError, ConnectionError: if the other end is closed.
            WorkerLost: if the answer is longer (none of it is read), or if the worker uses too
                much.
            Superseded: if a newer request has arrived in the meantime.
        """
        left = memoryview(_LENGTH.pack(len(request)) + request)
        while left:
            try:
                left = left[self._socket.send(left) :]
            except BlockingIOError:  # there is no room
                self._await(select.POLLOUT, deadline)
        (length,) = _LENGTH.unpack(self._receive(_LENGTH.size, deadline))
        if not 0 <= length <= most:
            raise _too_long(most)
        answer = self._receive(length, deadline)
        # Questions arrive by the hundred, in quick succession.
        if not answer.startswith(QUESTION) or self._is_time_to_look():
            self._look_now()
        return answer

    def close(self) -> None:
        self._socket.close()

    def _receive(self, count: int, deadline: Deadline) -> bytes:
        while len(self._received) < count:
            self._await(select.POLLIN, deadline)
            try:
                part = self._socket.recv(_AT_ONCE)
            except BlockingIOError:  # it has sent only out-of-band data
                raise WorkerLost(tr("its answer made no sense")) from None
            if not part:
                raise EOFError
            self._received += part
        data = bytes(self._received[:count])
        del self._received[:count]
        return data

    def _is_time_to_look(self) -> bool:
        return time.monotonic() - self._looked > LOOK_SECONDS

    def _look_now(self) -> None:
        self._look()
        self._looked = time.monotonic()

    def _await(self, event: int, deadline: Deadline) -> None:
        """Wait until the socket is ready, or its other end is closed."""
        poll = select.poll()
        poll.register(self._socket, event)
        if self._interrupted_by is not None:
            poll.register(self._interrupted_by, select.POLLIN)
        while True:
            ready = poll.poll(1000 * min(deadline.left(), LOOK_SECONDS))
            if any(fd == self._socket.fileno() for fd, _ in ready):
                return
            if ready:
                raise Superseded
            self._look_now()
