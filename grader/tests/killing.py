"""Killing `grader class grade` at some moment, and what is there afterwards (Linux)."""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.tests.processes import descendants, is_running

PATIENCE = 20.0  # seconds in which all that a killed run has started must have ended


@dataclass(frozen=True)
class Killed:
    """What became of a run.

    Attributes:
        seconds: how long it ran, until it was killed.
        was_done: whether it had ended by itself before.
        graded: how many results the journal held afterwards.
        kept: whether all results that the journal held before were still there, where they were.
        processes: how many it had started that were running.
        left: those of them, and what they have started, that still ran after some patience.
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
    """Run a command that grades a class, and kill it with a signal that it cannot see coming.

    Args:
        out: its folder of results.
        temporary: what it takes for the system's temporary folder.
        is_time: asked again and again until the time has come, or the run has ended.
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
    """Give the lines of the journal that were written to their end."""
    journal = out / "journal.jsonl"
    text = journal.read_bytes() if journal.exists() else b""
    return text.splitlines() if text.endswith(b"\n") else text.splitlines()[:-1]


def _wait_for_the_end(started: Sequence[int], sessions: set[int | None]) -> int:
    """Wait until nothing runs any more of what was started, nor of what that has started since;
    give how many processes there are at the end of patience."""

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
