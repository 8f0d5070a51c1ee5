"""Is there room in memory for the 8B's sizes?"""

from pathlib import Path

from grader.compare.case import Case

SPARE = 300 * 10**6  # bytes for what a call makes besides its inputs
_MEMINFO = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")


def free_bytes() -> int | None:
    """Say how much memory may still be used; None where the system does not tell (not Linux)."""
    try:
        lines = dict(line.split(":") for line in _MEMINFO.read_text().splitlines())
        free = int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None
    try:  # a container may have less than the machine
        limit = int((_GROUP / "memory.max").read_text())
        return min(free, limit - int((_GROUP / "memory.current").read_text()))
    except (OSError, ValueError):
        return free


def fits(case: Case, sides: int) -> bool:
    """Tell whether so many processes can hold a call's inputs at the same time."""
    free = free_bytes()
    return free is None or not case.is_large or free >= sides * (case.bytes + SPARE)
