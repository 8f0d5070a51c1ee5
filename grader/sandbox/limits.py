"""Resource limits: how much of the machine a worker may use. See setrlimit(2).

What no limit counts (how many files it writes, how many threads root has) is watched from outside,
see `usage`.
"""

import resource
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 2**20


@dataclass(frozen=True)
class Limits:
    """What one worker may use at most."""

    memory: int = 1024 * MEGABYTE  # bytes of data; importing torch has taken 250 MB of them
    more_addresses: int = 1024 * MEGABYTE  # bytes of whatever kind, beyond those at the start
    processor_seconds: int = 120
    file_size: int = 20 * MEGABYTE
    open_files: int = 64
    signals: int = 64  # that wait, and timers; the kernel has a supply of them for each user
    threads: int = 256  # of all the user's processes together, see `limit`


def limit(limits: Limits, threads_now: int) -> None:
    """Set the limits of this process, for good.

    Args:
        threads_now: of the user's processes, because the kernel counts them all together.
    """
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_DATA: limits.memory,
        resource.RLIMIT_AS: _addresses_now() + limits.more_addresses,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_SIGPENDING: limits.signals,
        resource.RLIMIT_CPU: limits.processor_seconds,
        resource.RLIMIT_FSIZE: limits.file_size,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_NPROC: threads_now + limits.threads,
    }
    for kind, value in wanted.items():
        _, hard = resource.getrlimit(kind)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, allowed))


def _addresses_now() -> int:
    """Give how many bytes of addresses this process has, data and libraries and all."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()
