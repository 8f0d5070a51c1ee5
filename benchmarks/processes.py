"""Memory and processor time of a process and its descendants (Linux only)."""

import os
from pathlib import Path

from grader.tests.processes import descendants


def tree(pid: int) -> list[int]:
    """Return the ids of a process and its descendants."""
    return [pid, *descendants(pid)]


def pss_mb(pid: int) -> float:
    """Return the memory of a process tree in MB, counting shared pages once (Pss)."""
    total = 0
    for one in tree(pid):
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total / 1024


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process tree has used, to the resolution of a tick."""
    ticks = 0
    for one in tree(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
