"""Ask `fork_server.py` for a program. Its forks use this, so nothing of `grader` is imported."""

import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import IO, Any

FRESH = subprocess.Popen  # the original, before it is patched


class ForkedProgram:
    """A program that was forked by the server at an address, a Unix socket."""

    def __init__(
        self,
        address: str,
        arguments: Sequence[str],
        folder: str,
        environment: Mapping[str, str],
        streams: Sequence[int],
    ) -> None:
        """Start `python ARGUMENTS` with three descriptors as its standard streams."""
        request = {"arguments": arguments, "folder": folder, "environment": dict(environment)}
        line = json.dumps(request).encode() + b"\n"
        self._server = socket.socket(socket.AF_UNIX)
        self._server.connect(address)
        sent = socket.send_fds(self._server, [line], streams)
        self._server.sendall(line[sent:])
        self._answers = self._server.makefile("rb")
        self.pid = self._answer(None)
        self._status: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and return what `subprocess.Popen.wait` does.

        Raises:
            TimeoutError: when it hasn't ended within `timeout` seconds.
        """
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(self._answer(timeout))
            self._answers.close()
            self._server.close()
        return self._status

    def _answer(self, timeout: float | None) -> int:
        if not select.select([self._server], [], [], timeout)[0]:
            raise TimeoutError("the program did not end in time")
        line = self._answers.readline()
        assert line, "the process that forks programs has ended"
        return int(line)


class ForkedServer(ForkedProgram):
    """The part of `subprocess.Popen` that `grader.serving.server_handle` uses."""

    def __init__(
        self,
        address: str,
        command: Sequence[str],
        env: Mapping[str, str],
        stderr: IO[bytes] | None = None,
        **_: object,
    ) -> None:
        theirs, requests = os.pipe()
        answers, its = os.pipe()
        streams = theirs, its, stderr.fileno() if stderr else 2
        super().__init__(address, command[1:], os.getcwd(), env, streams)
        os.close(theirs)
        os.close(its)
        self.stdin, self.stdout = os.fdopen(requests, "wb"), os.fdopen(answers, "rb")

    def communicate(self) -> None:
        with suppress(OSError):  # it may have ended by itself
            self.stdin.close()
        self.stdout.read()
        self.stdout.close()
        self.wait()


def popen_that_forks(address: Callable[[], str]) -> type[Any]:
    """Return a `subprocess.Popen` that starts the grader's servers as forks, all else as usual."""

    class Popen(subprocess.Popen[Any]):
        def __new__(cls, args: Any, *rest: Any, **options: Any) -> Any:
            is_server = options.get("start_new_session") and options.get("stdin") is subprocess.PIPE
            if is_server and args[0] == sys.executable and args[1] in ("-P", "-m", "-c"):
                return ForkedServer(address(), args, **options)
            return super().__new__(cls)

    return Popen
