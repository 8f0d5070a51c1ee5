"""A process that has imported torch but none of our suites, and forks a worker on request.

Forking takes some 10 ms, importing torch over a second. The zygote is forked from the grader before
suites, reference and mistakes are loaded, so its workers can't know them.
"""

import contextlib
import errno
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from multiprocessing.connection import Connection
from pathlib import Path

from grader.calls.argument_memory import WorkerMemory
from grader.libc import libc
from grader.sandbox.confinement import Confinement, confine, system_files
from grader.sandbox.limits import threads_of_user
from grader.workers.fork import fork
from grader.workers.worker import limit_resources, seed_randomness, send_prints_to, serve

_ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER, see prctl(2): adopt the processes workers leave
_START, _ANOTHER, _END = b"start", b"another", b"end"
_LONGEST_REQUEST = 16384  # bytes; a confinement names a few folders


class Zygote:
    """The grader's handle on the zygote."""

    def __init__(self, control: socket.socket, pid: int, parent: "Zygote | None" = None) -> None:
        self._socket, self.pid, self._parent = control, pid, parent

    @classmethod
    def start(cls) -> "Zygote":
        """Fork a zygote from this process."""
        ours, theirs = socket.socketpair()
        with theirs:
            return cls(ours, fork(partial(_live, theirs.fileno(), ours)))

    def another(self) -> "Zygote":
        """Fork a zygote from this one, for workers that must not share theirs with others."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._socket, [_ANOTHER], [theirs.fileno()])
        return Zygote(ours, self._started(), self)

    def start_worker(
        self, connection: int, prints: int, confined: tuple[Confinement, int] | None = None
    ) -> int:
        """Fork a worker that serves on one descriptor and prints to another; return its pid.

        `confined` is its sandbox and the descriptor of the memory that arguments are put in.
        """
        confinement, *memory = confined or (None,)
        request = _START + (confinement.as_bytes() if confinement else b"")
        socket.send_fds(self._socket, [request], [connection, prints, *memory])
        return self._started()

    def end_child(self, pid: int, seconds: float = 0.0) -> int:
        """Wait some seconds for a worker or another zygote to end, then end it.

        Returns:
            its exit code, or minus the signal that ended it; 0 if it was ended before.
        """
        self._socket.sendall(_END + b"%d %f" % (pid, seconds))
        return self._receive()

    def close(self) -> None:
        """End the zygote; its workers end with it."""
        with contextlib.suppress(OSError):  # it has ended
            self._socket.shutdown(socket.SHUT_RDWR)  # even if another fork still holds it open
        self._socket.close()
        if self._parent is None:
            os.waitpid(self.pid, 0)
        else:
            self._parent.end_child(self.pid)

    def _started(self) -> int:
        """Return the pid of the new child.

        Raises:
            OSError: if the system can't start another process.
        """
        answer = self._receive()
        if answer < 0:
            raise OSError(-answer, f"no process can be started: {os.strerror(-answer)}")
        return answer

    def _receive(self) -> int:
        answer = self._socket.recv(64)
        if not answer:
            raise ChildProcessError(errno.ECHILD, "the process that starts workers has ended")
        return int(answer)


def _live(control_fd: int, of_parent: socket.socket) -> None:
    """Run the zygote: serve requests until its control socket is closed."""
    of_parent.close()
    control = socket.socket(fileno=control_fd)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to handle
    libc().prctl(_ADOPT_ORPHANS, 1)
    _threads_at_first.cache_clear()
    known: set[int] = set()  # zygotes and workers; any other child was left by a worker
    while True:
        request, fds, _, _ = socket.recv_fds(control, _LONGEST_REQUEST, 3)
        if not request:
            _end_children_but(set())
            return
        if request == _ANOTHER:
            answer = _child(partial(_live, fds[0], control), known)
        elif request.startswith(_START):
            confinement = _confinement(request.removeprefix(_START))
            answer = _child(partial(_work, confinement, *fds), known)
        else:
            child, seconds = request.removeprefix(_END).split()
            answer = _ended(int(child), float(seconds), known)
        for fd in fds:
            os.close(fd)
        control.sendall(b"%d" % answer)


def _child(live: Callable[[], None], known: set[int]) -> int:
    """Fork a child and return its pid, or minus the system's error number."""
    try:
        pid = fork(live)
    except OSError as error:
        return -(error.errno or errno.EAGAIN)
    known.add(pid)
    return pid


def _ended(pid: int, seconds: float, known: set[int]) -> int:
    """End a child with everything it leaves, and return its exit code.

    For one that is not known, return 0: its pid may belong to another process by now.
    """
    if pid not in known:
        return 0
    until = time.monotonic() + seconds
    while (status := os.waitpid(pid, os.WNOHANG)) == (0, 0) and time.monotonic() < until:
        time.sleep(0.001)
    if status == (0, 0):
        os.kill(pid, signal.SIGKILL)
        status = os.waitpid(pid, 0)
    known.discard(pid)
    _end_children_but(known)
    return os.waitstatus_to_exitcode(status[1])


def _end_children_but(known: set[int]) -> None:
    """End the processes that workers left behind, and those that these leave behind in turn."""
    while strays := _children() - known:
        for pid in strays:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _children() -> set[int]:
    """Return the children of this process; none on a kernel that doesn't list them."""
    try:
        listing = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    except FileNotFoundError:
        return set()
    return {int(pid) for pid in listing.split()}


def _confinement(data: bytes) -> Confinement | None:
    if not data:
        return None
    system_files()  # fills the cache before the fork
    return replace(Confinement.from_bytes(data), threads=_threads_at_first())


@cache
def _threads_at_first() -> int:
    """Count the user's threads once per zygote, because visiting all processes takes a while."""
    return threads_of_user()


def _work(
    confinement: Confinement | None, connection_fd: int, prints_fd: int, memory_fd: int = -1
) -> None:
    """Run a worker."""
    limit_resources()
    send_prints_to(prints_fd)
    memory = WorkerMemory(memory_fd) if confinement else None
    _close_all_but({0, 1, 2, connection_fd})
    if confinement is not None:
        confine(confinement)
        seed_randomness()
    serve(Connection(connection_fd), memory)


def _close_all_but(kept: set[int]) -> None:
    """Close everything that the grader had open."""
    for fd in [int(name) for name in os.listdir("/proc/self/fd")]:
        if fd not in kept:
            with contextlib.suppress(OSError):  # the listing itself was one of them
                os.close(fd)
