"""A file that gives only so many bytes, for so long."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from grader.classroom.intake.found import Refused

_SKIP = 65_536  # bytes at a time


class NoFurther(Exception):
    """A folder or an archive is not read on; the message goes on after its name."""


@contextmanager
def broken_if_it_fails() -> Iterator[None]:
    """Make NoFurther of whatever a parser raises on bytes that somebody may have made to that end:
    nobody lists what that can be. Failures of this machine stay what they are."""
    try:
        yield
    except (NoFurther, Refused):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise NoFurther("is broken") from None


class Bounded:
    """A file to read from, as `zipfile` and `tarfile` want one, with an end to their patience.

    Args:
        file: where the bytes come from.
        most: how many bytes are given before `NoFurther` is raised.
        until: when `NoFurther` is raised anyway, by `time.monotonic`.
        skips_cost: whether to move forward means to read: so it is in what is being unpacked.
    """

    def __init__(
        self, file: BinaryIO, most: int, until: float, *, skips_cost: bool = False
    ) -> None:
        self._file, self._until, self._skips_cost = file, until, skips_cost
        self.left = most

    def read(self, size: int = -1) -> bytes:
        if time.monotonic() > self._until:
            raise NoFurther("takes too long to read")
        asked = self.left + 1 if size < 0 else min(size, self.left + 1)
        data = self._file.read(asked)
        self.left -= len(data)
        if self.left < 0:
            raise NoFurther("holds more than stage files can need")
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_SET and offset < 0:
            raise ValueError("a place before the beginning")
        if not self._skips_cost:
            return self._file.seek(offset, whence)
        if whence != os.SEEK_SET or offset < self._file.tell():
            raise NoFurther("wants to be read backwards")
        while (missing := offset - self._file.tell()) > 0 and self.read(min(missing, _SKIP)):
            pass
        return self._file.tell()

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True
