"""A process that has imported torch and nothing of ours, and forks a worker whenever asked.

Forking costs some 10 ms where importing torch costs over a second. The zygote is forked from the
grader before suites, reference and mistakes are loaded, so its workers cannot know them.
"""

import contextlib
import os
import signal
import socket
from dataclasses import replace
from functools import cache, partial
from multiprocessing.connection import Connection
from pathlib import Path

from grader.libc import libc
from grader.sandbox.confinement import Confinement, confine, system_files
from grader.sandbox.limits import threads_of_user
from grader.workers.fork import fork
from grader.workers.worker import limit_resources, seed_randomness, send_prints_to, serve

_ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER, see prctl(2): be the parent of what workers leave
_START, _ANOTHER = b"start", b"another"
_LONGEST_REQUEST = 16384  # bytes; a confinement names a few folders


class Zygote:
    """The grader's handle on the zygote."""

    def __init__(self, control: socket.socket, pid: int, parent: "Zygote | None" = None) -> None:
        self._socket, self.pid, self._parent = control, pid, parent

    @classmethod
    def start(cls) -> "Zygote":
        """Fork one from this process."""
        ours, theirs = socket.socketpair()
        with theirs:
            return cls(ours, fork(partial(_live, theirs.fileno(), ours)))

    def another(self) -> "Zygote":
        """Fork one from this zygote, for workers that must not share one with others."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._socket, [_ANOTHER], [theirs.fileno()])
        return Zygote(ours, int(self._receive()), self)

    def start_worker(self, connection: int, prints: int, confinement: Confinement | None) -> int:
        """Fork a worker that serves on one descriptor and prints to another; return its pid."""
        request = _START + (confinement.as_bytes() if confinement else b"")
        socket.send_fds(self._socket, [request], [connection, prints])
        return int(self._receive())

    def end_worker(self, pid: int) -> int:
        """End a worker, and return its exit code, or minus the signal that has ended it."""
        os.kill(pid, signal.SIGKILL)  # does nothing to one that has ended by itself
        return self._reap(pid)

    def close(self) -> None:
        """End the zygote; its workers end with it."""
        self._socket.shutdown(socket.SHUT_RDWR)  # even if another fork still holds it open
        self._socket.close()
        if self._parent is None:
            os.waitpid(self.pid, 0)
        else:
            self._parent._reap(self.pid)

    def _reap(self, pid: int) -> int:
        self._socket.sendall(b"reap %d" % pid)
        return int(self._receive())

    def _receive(self) -> bytes:
        answer = self._socket.recv(64)
        if not answer:
            raise RuntimeError("the process that starts workers has ended")
        return answer


def _live(control_fd: int, of_parent: socket.socket) -> None:
    """The zygote's whole life: serve requests until its control socket is closed."""
    of_parent.close()
    control = socket.socket(fileno=control_fd)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to handle
    libc().prctl(_ADOPT_ORPHANS, 1)
    _threads_at_first.cache_clear()
    known: set[int] = set()  # zygotes and workers; whatever else is a child was left by a worker
    while True:
        request, fds, _, _ = socket.recv_fds(control, _LONGEST_REQUEST, 2)
        if not request:
            _end_children_but(set())
            return
        if request == _ANOTHER:
            answer = fork(partial(_live, fds[0], control))
            known.add(answer)
        elif request.startswith(_START):
            confinement = _confinement(request.removeprefix(_START))
            connection_fd, prints_fd = fds
            answer = fork(partial(_work, connection_fd, prints_fd, confinement))
            known.add(answer)
        else:
            pid = int(request.split()[1])
            _, status = os.waitpid(pid, 0)
            known.discard(pid)
            _end_children_but(known)
            answer = os.waitstatus_to_exitcode(status)
        for fd in fds:
            os.close(fd)
        control.sendall(b"%d" % answer)


def _end_children_but(known: set[int]) -> None:
    """End what workers have left behind, and what that leaves behind in turn."""
    while strays := _children() - known:
        for pid in strays:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _children() -> set[int]:
    """Return the children of this process; none on a kernel that does not list them."""
    try:
        listing = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    except FileNotFoundError:
        return set()
    return {int(pid) for pid in listing.split()}


def _confinement(data: bytes) -> Confinement | None:
    if not data:
        return None
    system_files()  # found once, before the fork
    return replace(Confinement.from_bytes(data), threads=_threads_at_first())


@cache
def _threads_at_first() -> int:
    """Count once in the life of a zygote: going through all processes takes a while."""
    return threads_of_user()


def _work(connection_fd: int, prints_fd: int, confinement: Confinement | None) -> None:
    """A worker's whole life."""
    limit_resources()
    send_prints_to(prints_fd)
    _close_all_but({0, 1, 2, connection_fd})
    if confinement is not None:
        confine(confinement)
        seed_randomness()
    serve(Connection(connection_fd))


def _close_all_but(kept: set[int]) -> None:
    """Close what the grader had open, whatever it was."""
    for fd in [int(name) for name in os.listdir("/proc/self/fd")]:
        if fd not in kept:
            with contextlib.suppress(OSError):  # the listing itself was one of them
                os.close(fd)
