"""Kill `grader class grade` at some moment, and report what is left (Linux)."""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.tests.processes import descendants, is_running

PATIENCE = 20.0  # seconds within which everything that a killed run has started must end


@dataclass(frozen=True)
class Killed:
    """The end of a run.

    Attributes:
        seconds: how long it ran, until it was killed.
        was_done: whether it had finished before.
        graded: how many results were in the journal afterwards.
        kept: whether all earlier results in the journal were still there, in the same place.
        processes: how many of its processes were running.
        left: those of them, and of their children, that were still running after some seconds.
    """

    seconds: float
    was_done: bool
    graded: int
    kept: bool
    processes: int
    left: int


def run_and_kill(
    command: Sequence[str], out: Path, temporary: Path, is_time: Callable[[], bool]
) -> Killed:
    """Run a command that grades a class, and kill it with a signal that it can't catch.

    Args:
        out: its folder of results.
        temporary: the folder it uses as the system's temporary folder.
        is_time: called again and again until it returns True, or the run has ended.
    """
    before = whole_lines(out)
    begun = time.monotonic()
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(temporary)},
    ) as program:
        while program.poll() is None and not is_time():
            time.sleep(0.01)
        was_done = program.returncode is not None
        started = descendants(program.pid)
        sessions = set(map(_session, started)) - {_session(os.getpid()), None}
        program.kill()
    took = time.monotonic() - begun
    left = _wait_for_the_end(started, sessions)
    lines = whole_lines(out)
    return Killed(took, was_done, len(lines), lines[: len(before)] == before, len(started), left)


def whole_lines(out: Path) -> list[bytes]:
    """Return the complete lines of the journal."""
    journal = out / "journal.jsonl"
    text = journal.read_bytes() if journal.exists() else b""
    return text.splitlines() if text.endswith(b"\n") else text.splitlines()[:-1]


def _wait_for_the_end(started: Sequence[int], sessions: set[int | None]) -> int:
    """Wait until none of the processes or their children is running, up to `PATIENCE` seconds.

    Returns:
        how many were still running when time ran out.
    """

    def left() -> list[int]:
        everybody = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
        later = {pid for pid in everybody if _session(pid) in sessions}
        return [pid for pid in later | set(started) if is_running(pid)]

    deadline = time.monotonic() + PATIENCE
    while left() and time.monotonic() < deadline:
        time.sleep(0.02)
    return len(left())


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None
