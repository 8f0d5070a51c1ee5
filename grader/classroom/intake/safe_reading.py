"""Read files that may have been made to do harm: only regular files, and only a limited amount."""

import errno
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

LARGEST = 200_000  # bytes of one stage file; the longest one of the reference has 4,453
_SKIP = 65_536  # bytes at a time
# Windows has only the last of these; there, only lstat recognizes a link.
_FLAGS = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))


class Refused(Exception):
    """A file is not used; the message is the reason, shown after its name and a colon."""


class NoFurther(Exception):
    """A folder or an archive is not read any further; the message is shown after its name."""


@contextmanager
def broken_if_it_fails() -> Iterator[None]:
    """Raise NoFurther for any exception of a parser, because crafted input can raise anything.

    Errors of this machine are raised unchanged.
    """
    try:
        yield
    except (NoFurther, Refused):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise NoFurther("is broken") from None


class BoundedFile:
    """A readable file for `zipfile` and `tarfile`, limited in bytes and in time.

    It raises `NoFurther` after `most` bytes, or when `time.monotonic` has reached `until`.
    """

    def __init__(
        self, file: BinaryIO, most: int, until: float, *, skips_cost: bool = False
    ) -> None:
        """Read from `file`; `skips_cost` if seeking forward has to read, as in compressed data."""
        self._file, self._skips_cost = file, skips_cost
        self.left, self.until = most, until

    def read(self, size: int = -1) -> bytes:
        if time.monotonic() > self.until:
            raise NoFurther("takes too long to read")
        asked = self.left + 1 if size < 0 else min(size, self.left + 1)
        data = self._file.read(asked)
        self.left -= len(data)
        if self.left < 0:
            raise NoFurther("has more data than stage files can need")
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


def open_regular(path: Path, *, may_be_linked: bool = False) -> BinaryIO:
    """Open a regular file for reading.

    Raises:
        Refused: if it isn't a regular file, or if it has another name and isn't `may_be_linked`,
            because a hard link may lead out of the submission.
    """
    seen = path.lstat()
    if stat.S_ISLNK(seen.st_mode):
        raise Refused("it is a link")
    if not stat.S_ISREG(seen.st_mode):  # checked first, because opening a device can have effects
        raise Refused("it is not a regular file")
    if seen.st_nlink > 1 and not may_be_linked:
        raise Refused("it is a hard link")
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | _FLAGS), "rb")
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Refused("it is a link") from None
        raise
    if not os.path.samestat(seen, os.fstat(file.fileno())):
        file.close()
        raise Refused("it changed while it was read")
    return file


def read_regular(path: Path, most: int, *, may_be_linked: bool = False) -> bytes:
    """Read a regular file of a submission.

    Raises:
        Refused: if it has more than `most` bytes, or isn't a regular file.
    """
    with open_regular(path, may_be_linked=may_be_linked) as file:
        text = file.read(most + 1)
    require_small(len(text), most)
    return text


def require_small(size: int, most: int) -> None:
    """Raise Refused if a file has more than `most` bytes."""
    if size > most:
        limit = f"{most // 1000} kB" if most < 1_000_000 else f"{most // 1_000_000} MB"
        raise Refused(f"it is larger than {limit}")
