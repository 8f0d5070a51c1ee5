"""Run a command with a memory limit, and measure how much memory it uses (Linux only)."""

import os
import resource
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")
_SOME_MILLISECONDS = 0.02


@dataclass(frozen=True)
class Taken:
    """The time a command took, its peak memory in bytes, and its output."""

    seconds: float
    anonymous: int  # without the pages of mapped files
    resident: int  # with the pages of mapped files
    output: str
    processor: float  # seconds of processor time, of the command and what it waited for


def run_watched(command: list[str], limit: int | None = None) -> Taken:
    """Run a command to its end, with a limit on its memory if one is given.

    Raises:
        RuntimeError: when it fails; the message contains what it printed.
    """
    with _limited_group(limit) as group:
        begun, before = time.perf_counter(), _processor_seconds()
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=(lambda: _join(group)) if group else None,
        )
        anonymous = resident = 0
        while process.poll() is None:
            now = _memory_of(process.pid)
            anonymous, resident = max(anonymous, now[0]), max(resident, now[1])
            time.sleep(_SOME_MILLISECONDS)
        seconds = time.perf_counter() - begun
        output = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} exited with {process.returncode}:\n{output}")
    return Taken(seconds, anonymous, resident, output, _processor_seconds() - before)


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _memory_of(pid: int) -> tuple[int, int]:
    """Return the anonymous and the total resident memory of a process in bytes."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:  # it has just ended
        return 0, 0
    fields = dict(line.split(":", 1) for line in lines)
    if "VmRSS" not in fields:
        return 0, 0
    kilobytes = [int(fields[name].split()[0]) for name in ("RssAnon", "VmRSS")]
    return 1024 * kilobytes[0], 1024 * kilobytes[1]


@contextmanager
def _limited_group(limit: int | None) -> Iterator[Path | None]:
    """Make a control group with a memory limit, which needs root."""
    if limit is None:
        yield None
        return
    old = (_GROUPS / "memory").is_dir()
    group = (_GROUPS / "memory" if old else _GROUPS) / f"kata-{os.getpid()}"
    group.mkdir()
    name = "memory.limit_in_bytes" if old else "memory.max"
    (group / name).write_text(str(limit))
    try:
        yield group
    finally:
        group.rmdir()


def _join(group: Path) -> None:
    (group / "cgroup.procs").write_text(str(os.getpid()))
