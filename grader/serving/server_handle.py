"""The client's handle to a server; the server imports torch, but this module never does."""

import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from grader.language import tr
from grader.serving.messages import Request, Response, as_line, read_response

# Ctrl-C at the terminal is the client's to handle.
_OWN_GROUP: dict[str, Any] = {"start_new_session": True}
if sys.platform == "win32":
    _OWN_GROUP = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}


class ServerLost(Exception):
    """The server ended unasked; the message is what it wrote to standard error."""


class ServerHandle:
    """A server process, which is started with this object."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], keeps_errors: bool
    ) -> None:
        """Start the process; with `keeps_errors`, what it writes to standard error is kept for
        `ServerLost` instead of shown at once."""
        self._errors = tempfile.TemporaryFile() if keeps_errors else None  # noqa: SIM115
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment,
            **_OWN_GROUP,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout

    def send(self, request: Request) -> None:
        """Send a request; if the server has ended, nothing happens and `receive` says so."""
        self._write(as_line(request))

    def supersede(self) -> None:
        """Cancel the current request, because a newer one is coming."""
        self._write(b"\n")

    def receive(self) -> Response:
        """Wait for the next answer.

        Raises:
            ServerLost: if there will be none.
        """
        line = self._answers.readline()
        if not line:
            raise ServerLost(self._said() or tr("the process that grades has ended unexpectedly"))
        return read_response(line)

    def close(self) -> None:
        """End the process and everything it started."""
        # This reads to the end: a server that is writing to a full pipe would never end.
        self._process.communicate()
        if self._errors is not None:
            self._errors.close()

    def _write(self, line: bytes) -> None:
        # The server has ended (EPIPE, or EINVAL on Windows), or is being closed.
        with suppress(OSError, ValueError):
            self._requests.write(line)
            self._requests.flush()

    def _said(self) -> str:
        self._process.wait()
        if self._errors is None:
            return ""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace").strip()
