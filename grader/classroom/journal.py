"""The journal of graded submissions, so that a killed run can resume.

It is a file with one JSON object per line. Each holds a result and its key: the submission's files,
the seed, the suites and everything else that a verdict depends on. Only complete lines count: half
a line at the end, left by a run that was killed, is cut off.
"""

import contextlib
import errno
import json
import os
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

from msgspec import convert

from grader.verdict import StageVerdict
from grader.write_files import write_whole

JOURNAL = "journal.jsonl"  # its name in a folder of results

Verdicts = tuple[StageVerdict, ...]


@dataclass(frozen=True)
class Key:
    """Everything that a result depends on."""

    submission: str  # sha256 of the files that were graded
    suites: str  # the verdict key of suites, reference, mistakes and grader
    seed: int  # of the class
    stages: tuple[int, ...]
    level: str  # how untrusted code was sandboxed


@dataclass(frozen=True)
class _Line:
    key: Key
    verdicts: Verdicts


class Journal:
    """The results of a class so far; each one that is added is written to disk immediately."""

    def __init__(self, path: Path) -> None:
        """Read the journal of an earlier run, if there is one.

        Raises:
            OSError: if the file can't be read or written.
        """
        self._results: dict[Key, Verdicts] = {}
        self._length = 0  # bytes up to the end of the last line that counts
        with path.open("a+b") as file:
            file.seek(0)
            for line in file:
                if (entry := _read(line)) is None:
                    break
                self._results[entry.key] = entry.verdicts
                self._length += len(line)
        self._file = path.open("ab", buffering=0)
        self._file.truncate(self._length)

    def close(self) -> None:
        """Close the file; everything is on the disk already."""
        self._file.close()

    def get(self, key: Key) -> Verdicts | None:
        """Return an earlier run's verdicts with exactly this key; None if there are none."""
        return self._results.get(key)

    def add(self, key: Key, verdicts: Verdicts) -> None:
        """Write a result to disk, so that no crash can lose it.

        Raises:
            OSError: if it can't be written, on a full disk for example; later results can still be
                added.
        """
        self._results[key] = verdicts
        line = json.dumps(asdict(_Line(key, verdicts))).encode() + b"\n"
        try:
            if self._file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._file.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                self._file.truncate(self._length)  # half a line would hide the next ones
            raise
        self._length += len(line)


def keep_only(path: Path, submissions: Collection[str]) -> int:
    """Remove the results of all other submissions from a journal; return how many there were.

    Args:
        path: the journal; a folder of merged results has none.
        submissions: the sha256 of the files of each.

    Raises:
        OSError: if the file can't be read or written.
    """
    if not path.exists():
        return 0
    lines = path.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if (one := _read(line)) and one.key.submission in submissions]
    write_whole(path, b"".join(kept))
    return len(lines) - len(kept)


def _read(line: bytes) -> _Line | None:
    """Return what a line holds; None if it isn't complete."""
    try:
        # Not msgspec's JSON decoder: it refuses half a surrogate pair, which code can print.
        return convert(json.loads(line), _Line) if line.endswith(b"\n") else None
    except ValueError:
        return None
