"""Running Python programs, forked from a process that has imported torch or in a fresh one."""

import atexit
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from grader.workers.pool import CAN_FORK

SECONDS = 300.0  # that no program takes
Done = subprocess.CompletedProcess[str]


def environment_with(**changes: str) -> dict[str, str]:
    """Return this process's environment with a plain terminal of 100 columns, and with changes."""
    kept = {name: value for name, value in os.environ.items() if name != "LLAMA3_DIR"}
    return {**kept, "COLUMNS": "100", "NO_COLOR": "1", **changes}


def run_forked(
    *args: str,
    folder: Path,
    environment: Mapping[str, str],
    typed: str = "",
    limit: float = SECONDS,
) -> Done:
    """Run `python ARGS`, where ARGS begin with `-m MODULE` or `-c CODE`, without a fresh start.

    Args:
        typed: what it reads from standard input.
        limit: how many seconds it may take.
    """
    if not CAN_FORK:
        return run_fresh(*args, folder=folder, environment=environment, typed=typed, limit=limit)
    return _fork_server().run(args, folder, environment, typed, limit)


def run_fresh(
    *args: str,
    folder: Path,
    environment: Mapping[str, str],
    typed: str = "",
    limit: float = SECONDS,
) -> Done:
    """Run `python ARGS` in a fresh interpreter, for tests that are about one."""
    return subprocess.run(
        [sys.executable, *args],
        cwd=folder,
        env=environment,
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=limit,
    )


class ForkServer:
    """The handle on `fork_server.py`, which runs one program at a time."""

    def __init__(self) -> None:
        environment = environment_with()
        environment.pop("PYTHONPATH", None)  # that is each program's own
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("fork_server.py"))],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,  # Ctrl-C is for those who run the tests
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def run(
        self,
        args: tuple[str, ...],
        folder: Path,
        environment: Mapping[str, str],
        typed: str,
        limit: float,
    ) -> Done:
        with tempfile.TemporaryDirectory() as name:
            streams = [Path(name, stream) for stream in ("in", "out", "err")]
            for stream in streams:
                stream.write_text(typed if stream.name == "in" else "", encoding="utf-8")
            request = {
                "arguments": args,
                "folder": str(folder),
                "environment": dict(environment),
                "streams": list(map(str, streams)),
            }
            status = self._status_of(request, limit)
            out, err = (stream.read_text(encoding="utf-8") for stream in streams[1:])
        return subprocess.CompletedProcess([sys.executable, *args], status, out, err)

    def _status_of(self, request: Mapping[str, object], limit: float) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        pid = self._answer()  # the first one is waited for until torch is imported
        try:
            return os.waitstatus_to_exitcode(self._answer(limit))
        except BaseException:
            os.killpg(pid, signal.SIGKILL)
            self._answer()
            raise

    def _answer(self, limit: float | None = None) -> int:
        """Wait for the next line.

        Raises:
            TimeoutError: when it has not come within so many seconds.
        """
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], limit)[0]:
            raise TimeoutError("a program did not end in time")
        line = self._process.stdout.readline()
        assert line, "the process that forks programs has ended"
        return int(line)

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


@cache
def _fork_server() -> ForkServer:
    """Start the one of this process, which lasts as long."""
    server = ForkServer()
    atexit.register(server.close)
    return server
