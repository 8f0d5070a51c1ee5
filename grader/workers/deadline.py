"""Decide when a worker has taken too long."""

import time
from contextlib import suppress
from pathlib import Path

from grader.calls.channel import PATIENCE, OutOfTime


class Deadline:
    """A limit on a worker's processor time, backed by a more generous one by the clock.

    A neighbor that keeps the processors busy slows honest code down, but doesn't use up any of its
    processor time.
    """

    def __init__(self, seconds: float, pid: int | None) -> None:
        """Start the clocks; without a `pid` the limit itself is by the clock."""
        self._pid, self._seconds = pid, seconds
        self._begun, self._clock = processor_clock(pid), time.monotonic()
        self._waited = _seconds_waited(pid)
        self._spent = 0.0

    def spend(self, seconds: float) -> None:
        """Add processor time that another process has used for the worker."""
        self._spent += seconds

    def left(self) -> float:
        """Return how many seconds are left, and so when to ask again at the earliest.

        The answer is exact for code that keeps one processor busy.

        Raises:
            OutOfTime: if no time is left.
        """
        used = processor_clock(self._pid) - self._begun + self._spent
        passed = time.monotonic() - self._clock
        if used >= self._seconds:
            # Code that waited longer than it ran was sharing its processor's caches and clock rate.
            raise OutOfTime(busy=_seconds_waited(self._pid) - self._waited > used)
        if self._pid is not None and passed >= PATIENCE * self._seconds:
            raise OutOfTime(busy=True, waited=True)
        return self._seconds - used


def processor_clock(pid: int | None) -> float:
    """Return the processor time that a process has used; without a pid, the time by the clock."""
    if pid is None:
        return time.monotonic()
    with suppress(OSError):  # it has been reaped
        return time.clock_gettime((~pid << 3) | 2)  # see clock_getcpuclockid(3)
    return 0.0


def _seconds_waited(pid: int | None) -> float:
    """Return how long a process was ready to run but had no processor; 0 if unknown."""
    with suppress(OSError, ValueError):
        if pid is not None:
            return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    return 0.0
