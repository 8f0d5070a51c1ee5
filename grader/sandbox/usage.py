"""What a worker uses that no limit counts; it is looked at from outside, again and again.

A limit says how large a file may be, and not how many there are; threads are counted a user, and
never root's. See proc_pid_io(5) and proc_pid_task(5).
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grader.sandbox.limits import MEGABYTE

DISK = 64 * MEGABYTE  # bytes in a worker's folder
WRITTEN = 256 * MEGABYTE  # bytes to whatever it has open, files without a name among it
ENTRIES = 1000  # files and folders
THREADS = 256
PRINTED = 8 * MEGABYTE


@dataclass(frozen=True)
class Usage:
    """How much one worker has used, as far as it can be seen."""

    bytes_on_disk: int
    entries: int
    bytes_written: int
    bytes_printed: int
    threads: int

    def excess(self) -> str | None:
        """Say what there is too much of, in words for whoever wrote the code; None when all is
        well."""
        if self.entries > ENTRIES:
            return f"it made more than {ENTRIES} files"
        if self.bytes_on_disk > DISK:
            return f"its files have more than {DISK // MEGABYTE} MB"
        if self.bytes_written > WRITTEN:
            return f"it wrote more than {WRITTEN // MEGABYTE} MB"
        if self.bytes_printed > PRINTED:
            return f"it printed more than {PRINTED // MEGABYTE} MB"
        if self.threads > THREADS:
            return f"it started more than {THREADS} threads"
        return None


def usage_of(pid: int, folder: Path, prints: int) -> Usage:
    """Look at a worker: at its process, the folder it can write to, and the file it prints to."""
    size, count = 0, 0
    for entry in _entries(folder):
        count += 1
        if count > ENTRIES:
            break
        with suppress(OSError):  # it has just been removed
            details = entry.stat(follow_symlinks=False)
            size += details.st_blocks * 512 if stat.S_ISREG(details.st_mode) else 0
    return Usage(size, count, _written(pid), os.fstat(prints).st_size, _threads(pid))


def _entries(folder: Path) -> Iterator["os.DirEntry[str]"]:
    """Go through all that is in a folder, however deep, never through a link."""
    ahead = [str(folder)]
    while ahead:
        with suppress(OSError), os.scandir(ahead.pop()) as listing:
            for entry in listing:
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    ahead.append(entry.path)


def _written(pid: int) -> int:
    """Give how many bytes a process has written; 0 where the kernel does not tell."""
    with suppress(OSError), open(f"/proc/{pid}/io", "rb") as file:
        fields = dict(line.split(b": ") for line in file.read().splitlines())
        return int(fields[b"wchar"])
    return 0


def _threads(pid: int) -> int:
    """Count the threads of a process by the links to the folder that has one for each of them; to
    read them from its status is ten times as slow, and this is asked with every call."""
    with suppress(OSError):
        return os.stat(f"/proc/{pid}/task").st_nlink - 2
    return 0
