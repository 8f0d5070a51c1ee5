"""Run Python programs, forked from a process that has imported torch or in a fresh one."""

import atexit
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from compileall import compile_dir
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from grader.can_fork import CAN_FORK
from grader.tests.forked_program import ForkedProgram

SECONDS = 300.0  # more than any program takes
Done = subprocess.CompletedProcess[str]


def environment_with(**changes: str) -> dict[str, str]:
    """Return this process's environment with changes and a plain terminal of 100 columns."""
    kept = {name: value for name, value in os.environ.items() if name != "LLAMA3_DIR"}
    return {**kept, "COLUMNS": "100", "NO_COLOR": "1", **changes}


def warm_environment() -> dict[str, str]:
    """Return variables that let a fresh program start its servers through the fork server.

    Don't combine them with another `PYTHONPATH`, which would replace this one.
    """
    if not CAN_FORK:
        return {}
    here = Path(__file__).resolve()
    search = os.pathsep.join(map(str, (here.with_name("warm"), here.parents[2])))
    return {"PYTHONPATH": search, "KATA_FORK_SERVER": fork_server().address}


def run_forked(
    *args: str,
    folder: Path,
    environment: Mapping[str, str],
    typed: str = "",
    limit: float = SECONDS,
) -> Done:
    """Run `python ARGS` in a fork, where ARGS begin with `-m MODULE` or `-c CODE`.

    Args:
        typed: what it reads from standard input.
        limit: how many seconds it may take.
    """
    if not CAN_FORK:
        return run_fresh(*args, folder=folder, environment=environment, typed=typed, limit=limit)
    return fork_server().run(args, folder, environment, typed, limit)


def run_fresh(
    *args: str,
    folder: Path,
    environment: Mapping[str, str],
    typed: str = "",
    limit: float = SECONDS,
) -> Done:
    """Run `python ARGS` in a fresh interpreter, for tests that need one."""
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
    """A handle to a process that runs `fork_server.py`."""

    def __init__(self) -> None:
        environment = environment_with(PYTHONHASHSEED="0")  # as when a class is graded
        environment.pop("PYTHONPATH", None)  # each program has its own
        # Otherwise each would compile the grader where PYTHONDONTWRITEBYTECODE is set.
        compile_dir(Path(__file__).parents[1], quiet=2)
        self._folder = tempfile.TemporaryDirectory(prefix="kata-fork-server-")
        self.address = str(Path(self._folder.name, "socket"))
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("fork_server.py")), self.address],
            env=environment,
            stdin=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C in the terminal must not reach it
        )
        while not Path(self.address).exists():  # it imports torch after this
            assert self._process.poll() is None, "the process that forks programs has ended"
            time.sleep(0.01)

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
        with ExitStack() as stack:
            streams = [stack.enter_context(tempfile.TemporaryFile("w+b")) for _ in range(3)]
            streams[0].write(typed.encode())
            streams[0].seek(0)
            fds = [stream.fileno() for stream in streams]
            program = ForkedProgram(self.address, args, str(folder), environment, fds)
            try:
                status = program.wait(limit)
            except BaseException:
                os.killpg(program.pid, signal.SIGKILL)
                program.wait()
                raise
            for stream in streams[1:]:
                stream.seek(0)
            out, err = (stream.read().decode() for stream in streams[1:])
        return subprocess.CompletedProcess([sys.executable, *args], status, out, err)

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._folder.cleanup()


@cache
def fork_server() -> ForkServer:
    """Return this process's fork server, which is started once and ends with it."""
    server = ForkServer()
    atexit.register(server.close)
    return server
