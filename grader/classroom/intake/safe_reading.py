"""Reading files that somebody may have made to do harm: regular files, and only so much of them."""

import errno
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

LARGEST = 200_000  # bytes of one stage file; the longest of the reference has 4,453
_SKIP = 65_536  # bytes at a time
# Windows has only the last of these; there a link is known by lstat alone.
_FLAGS = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))


class Refused(Exception):
    """Something is not taken; the message says why, and goes on after its name and a colon."""


class NoFurther(Exception):
    """A folder or an archive is not read on; the message goes on after its name."""


@contextmanager
def broken_if_it_fails() -> Iterator[None]:
    """Raise NoFurther for whatever a parser raises on bytes that somebody may have made to that
    end: nobody lists what that can be. Failures of this machine stay what they are."""
    try:
        yield
    except (NoFurther, Refused):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise NoFurther("is broken") from None


class BoundedFile:
    """A readable file for `zipfile` and `tarfile` that raises `NoFurther` after `most` bytes, or
    when `time.monotonic` has reached `until`."""

    def __init__(
        self, file: BinaryIO, most: int, until: float, *, skips_cost: bool = False
    ) -> None:
        """Read from `file`; `skips_cost` where seeking forward has to read, as in packed data."""
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


def open_regular(path: Path, *, may_be_linked: bool = False) -> BinaryIO:
    """Open a regular file to read, and raise Refused for anything else, also for a file that has
    another name unless it `may_be_linked`: a hard link may lead out of the submission."""
    seen = path.lstat()
    if stat.S_ISLNK(seen.st_mode):
        raise Refused("a link")
    if not stat.S_ISREG(seen.st_mode):  # opening a device can do things, so this comes first
        raise Refused("not a regular file")
    if seen.st_nlink > 1 and not may_be_linked:
        raise Refused("a hard link")
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | _FLAGS), "rb")
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Refused("a link") from None
        raise
    if not os.path.samestat(seen, os.fstat(file.fileno())):
        file.close()
        raise Refused("it changed while it was read")
    return file


def read_regular(path: Path) -> bytes:
    """Read a regular file of a submission, and raise Refused when it is too large."""
    with open_regular(path) as file:
        text = file.read(LARGEST + 1)
    require_small(len(text))
    return text


def require_small(size: int) -> None:
    """Raise Refused for more bytes than a stage file may have."""
    if size > LARGEST:
        raise Refused(f"larger than {LARGEST // 1000} kB")
