"""A worker in a fresh interpreter, as the grader sees it (macOS, Windows).

Neither importing this module nor starting a process imports torch here.
"""

import os
import signal
import sys
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, Pipe, wait

import psutil

from grader.workers.prints import NamedPrints
from grader.workers.spawn_messages import RENEW, RENEWED

_RENEW_SECONDS = 5.0


class SpawnedProcess:
    """A process that serves one stage after another, as long as their code leaves it unchanged."""

    def __init__(self) -> None:
        """Start the process, which then imports torch on its own.

        Raises:
            OSError: if the system can't start another process.
        """
        self.connection, theirs = Pipe()
        self.prints = NamedPrints()
        self.is_fresh = True
        self._process = get_context("spawn").Process(
            target=_live, args=(theirs, str(self.prints.path)), daemon=True
        )
        self._process.start()
        theirs.close()

    def renew(self) -> bool:
        """Make the process ready for another stage; return whether it is as good as a fresh one."""
        if self._children():  # as long as it serves, they would go on
            return False
        with suppress(OSError, EOFError):  # it has ended
            self.connection.send_bytes(RENEW)
            if self.connection.poll(_RENEW_SECONDS):
                return self.connection.recv_bytes() == RENEWED
        return False

    def stop(self, seconds: float = 0.0) -> int:
        """Wait some seconds for the process to end, then end it with what it has started; return
        its exit code, or minus the signal that ended it. What it has printed stays."""
        self.connection.close()
        wait([self._process.sentinel], seconds)  # unlike `join`, this keeps its pid reserved
        children = self._children()
        self._process.kill()
        for child in children:
            with suppress(psutil.Error):
                child.kill()
        if sys.platform != "win32":
            with suppress(OSError):  # nobody is left in its group
                os.killpg(self._process.pid or 0, signal.SIGKILL)
        self._process.join()
        return self._process.exitcode or 0

    def _children(self) -> list[psutil.Process]:
        """Return the processes that it has started, and those that these have started."""
        try:
            return psutil.Process(self._process.pid).children(recursive=True)
        except psutil.Error:  # it has ended
            return []

    def end(self) -> None:
        """End the process, and remove what it has printed."""
        self.stop()
        self.prints.close()


def _live(connection: Connection, prints: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to handle
    if sys.platform != "win32":
        os.setpgid(0, 0)  # a group of its own, to end what it has started even after it has ended
    from grader.workers.spawned_worker import live  # imports torch, which only the child needs

    live(connection, prints)
