"""Limit how much of the machine a worker may use.

The kernel limits most of it, see setrlimit(2). What the kernel doesn't limit (how many files a
worker creates, how many threads root has) is checked from outside, again and again.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grader.language import tr

MEGABYTE = 2**20
_GONE = (FileNotFoundError, NotADirectoryError)  # removed while it was looked at


@dataclass(frozen=True)
class Limits:
    """The most that the kernel lets one worker use."""

    # Bytes beyond those at the start, because importing torch takes 220 MB of data with its CPU
    # build, and 790 MB with one for CUDA.
    more_data: int = 800 * MEGABYTE
    more_addresses: int = 1024 * MEGABYTE  # of any kind
    processor_seconds: int = 120
    file_size: int = 20 * MEGABYTE
    open_files: int = 64
    # Pending signals that carry data, and timers. The kernel counts those of all the user's
    # processes together, so if each had a few, every worker would see how many others have.
    signals: int = 0
    # In addition to those of all the user's processes, which the kernel also counts together. So
    # this is not a limit on one worker (see `Usage`): it bounds what one starts between two checks.
    threads: int = 256


LEFT_TO_USER = 64  # threads of the user's limit that stay free, so the grader can start processes


def limit(limits: Limits, threads_now: int) -> None:
    """Set the limits of this process permanently.

    `threads_now` counts the threads of all the user's processes, because the kernel counts them
    together.
    """
    import resource  # Windows has no such module, and uses this file only to describe the sandbox

    pages = [int(count) for count in Path("/proc/self/statm").read_text().split()]
    addresses, data = (resource.getpagesize() * pages[index] for index in (0, 5))
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_DATA: data + limits.more_data,
        resource.RLIMIT_AS: addresses + limits.more_addresses,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_SIGPENDING: limits.signals,
        resource.RLIMIT_CPU: limits.processor_seconds,
        resource.RLIMIT_FSIZE: limits.file_size,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_NPROC: threads_now + limits.threads,
    }
    for kind, value in wanted.items():
        _, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY:
            value = min(
                value, max(hard - LEFT_TO_USER, 0) if kind == resource.RLIMIT_NPROC else hard
            )
        resource.setrlimit(kind, (value, value))


def threads_of_user() -> int:
    """Return the number of threads of all this user's processes, counted as RLIMIT_NPROC does."""
    count, user = 0, os.getuid()
    for process in os.listdir("/proc"):
        if process.isdecimal():
            with suppress(OSError):  # it has just ended
                threads = os.stat(f"/proc/{process}/task")
                count += threads.st_nlink - 2 if threads.st_uid == user else 0
    return count


@dataclass(frozen=True)
class Usage:
    """What one worker has used, as far as this can be seen from outside.

    Nothing here depends on which user grades: the kernel's limits on threads don't apply to root,
    and other users can't look into every folder that code makes.
    """

    MOST_ENTRIES = 1000  # files and folders
    MOST_ON_DISK = 64 * MEGABYTE  # in its folder
    MOST_WRITTEN = 256 * MEGABYTE  # to everything it has open, including files without a name
    MOST_PRINTED = 8 * MEGABYTE
    # The most that one of the kata's libraries starts without being asked is 8, in tiktoken's
    # `encode_batch`, and each thread that computes takes time from the neighbors.
    MOST_THREADS = 16

    bytes_on_disk: int
    entries: int
    bytes_written: int
    bytes_printed: int
    threads: int
    out_of_sight: bool = False  # whether some of its folders could not be looked into

    def excess(self) -> str | None:
        """Return what it used too much of, as a message for the learner; None if all is well."""
        if self.out_of_sight:
            return tr("it made folders that can't be looked into")
        if self.entries > self.MOST_ENTRIES:
            return tr("it made more than {count} files", count=self.MOST_ENTRIES)
        if self.bytes_on_disk > self.MOST_ON_DISK:
            return tr("its files take more than {size} MB", size=self.MOST_ON_DISK // MEGABYTE)
        if self.bytes_written > self.MOST_WRITTEN:
            return tr("it wrote more than {size} MB", size=self.MOST_WRITTEN // MEGABYTE)
        if self.bytes_printed > self.MOST_PRINTED:
            return tr("it printed more than {size} MB", size=self.MOST_PRINTED // MEGABYTE)
        if self.threads > self.MOST_THREADS:
            return tr("it started more than {count} threads", count=self.MOST_THREADS)
        return None


def usage_of(pid: int, folder: Path, prints: int) -> Usage:
    """Measure a worker from outside; what /proc doesn't show counts as 0.

    Args:
        folder: its scratch folder; counting stops after MOST_ENTRIES.
        prints: the descriptor of the file that it prints to.

    Raises:
        OSError: if `prints` is closed.
    """
    size, count, out_of_sight = 0, 0, False
    try:
        for entry in _entries(folder):
            count += 1
            if count > Usage.MOST_ENTRIES:
                break
            with suppress(*_GONE):
                details = entry.stat(follow_symlinks=False)
                size += details.st_blocks * 512  # folders and links take space as well
    except OSError:  # we can't enter it, or its path is too long: honest code makes neither
        out_of_sight = True
    printed = os.fstat(prints).st_size
    return Usage(size, count, _written(pid), printed, _threads(pid), out_of_sight)


def _entries(folder: Path) -> Iterator["os.DirEntry[str]"]:
    """Yield everything in a folder, at any depth, without following links."""
    ahead = [str(folder)]
    while ahead:
        with suppress(*_GONE), os.scandir(ahead.pop()) as listing:
            for entry in listing:
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    ahead.append(entry.path)


def _written(pid: int) -> int:
    """Return how many bytes a process has written, see proc_pid_io(5); 0 if unknown."""
    with suppress(OSError), open(f"/proc/{pid}/io", "rb") as file:
        fields = dict(line.split(b": ") for line in file.read().splitlines())
        return int(fields[b"wchar"])
    return 0


def _threads(pid: int) -> int:
    """Return the number of a process's threads, from the links to their folder.

    That is ten times as fast as reading the process's status.
    """
    with suppress(OSError):
        return os.stat(f"/proc/{pid}/task").st_nlink - 2
    return 0
