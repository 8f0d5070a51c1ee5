"""Limit the memory of a judge of untrusted code."""

from pathlib import Path

MOST = 1536 * 2**20  # bytes beyond what it has now, for values and the reference's computations


def limit_memory() -> None:
    """Make this process run out of memory before the machine does (Linux)."""
    import resource  # Windows has none

    pages = int(Path("/proc/self/statm").read_text().split()[5])  # of data
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (pages * resource.getpagesize() + MOST, hard))
