"""The zip of a whole class as a course system makes it: listed once, read where it is needed.

Nothing is unpacked. What one hand-in has read is bounded, as it is for an archive of its own.
"""

import shutil
import tempfile
import time
import zipfile
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, cast

from grader.classroom.intake.archives import (
    MOST_OF_ZIP,
    SECONDS,
    read_zipped,
    require_readable,
)
from grader.classroom.intake.found_files import leads_out, parts_of
from grader.classroom.intake.safe_reading import (
    BoundedFile,
    NoFurther,
    Refused,
    broken_if_it_fails,
    open_regular,
    require_small,
)

_LARGEST_LIST = 32_000_000  # bytes; a list of 250,000 files with paths of 80 letters
_SECONDS_FOR_LIST = 60.0
_LARGEST_ARCHIVE = 128_000_000  # bytes of a student's own archive in it
_KEPT_IN_MEMORY = 8_000_000  # bytes of it; a larger one goes to a temporary file

Parts = tuple[str, ...]  # folders and name


class ClassZip:
    """An open zip of a class."""

    def __init__(self, path: Path) -> None:
        """Read the list of a zip.

        Raises:
            NoFurther: if it is broken or too large.
            Refused: if it isn't a regular file.
            OSError: if this machine can't read it.
        """
        until = time.monotonic() + _SECONDS_FOR_LIST
        file = open_regular(path, may_be_linked=True)
        self._bounded = BoundedFile(file, _LARGEST_LIST, until)
        with broken_if_it_fails():
            self._archive = zipfile.ZipFile(cast(BinaryIO, self._bounded))
        infos = [info for info in self._archive.infolist() if not leads_out(info.filename)]
        entries = ((parts_of(info.filename), info) for info in infos)
        self._entries = sorted(filter(lambda one: one[0], entries), key=lambda one: one[0])
        self._paths = [parts for parts, _ in self._entries]
        self.leading_out = len(self._archive.infolist()) - len(infos)

    def below(self, inside: str) -> Iterator[tuple[Parts, zipfile.ZipInfo]]:
        """Yield what lies below a path, by its parts below it; a file itself has no parts."""
        top = parts_of(inside)
        for place in range(bisect_left(self._paths, top), len(self._paths)):
            parts, info = self._entries[place]
            if parts[: len(top)] != top:
                return
            yield parts[len(top) :], info

    def allow_one_more(self) -> None:
        """Let the next hand-in have its own bytes and seconds."""
        self._bounded.left, self._bounded.until = MOST_OF_ZIP, time.monotonic() + SECONDS

    def read(self, info: zipfile.ZipInfo, most: int) -> bytes:
        """Read a file; see `read_zipped`."""
        return read_zipped(self._archive, info, most)

    def open_archive(self, info: zipfile.ZipInfo) -> BinaryIO:
        """Return a copy of an archive in this zip that can be read in any order.

        Raises:
            Refused: if it is too large or can't be read.
        """
        require_readable(info)
        require_small(info.file_size, _LARGEST_ARCHIVE)
        self._bounded.left = _LARGEST_ARCHIVE
        with ExitStack() as stack:
            copy = stack.enter_context(tempfile.SpooledTemporaryFile(_KEPT_IN_MEMORY))
            try:
                with broken_if_it_fails(), self._archive.open(info) as member:
                    # zipfile reads no more than `file_size`, which was checked.
                    shutil.copyfileobj(member, copy)
            except NoFurther as reason:
                raise Refused(f"its part of the zip {reason}") from None
            copy.seek(0)
            stack.pop_all()  # the caller closes it
        return cast(BinaryIO, copy)


def class_zip(path: Path) -> ClassZip:
    """Return an open zip, whose list is read only if the file has changed.

    Raises:
        NoFurther: if it is broken or too large.
        Refused: if it isn't a regular file.
        OSError: if this machine can't read it.
    """
    state = path.stat()
    return _opened(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=1)  # a class has one
def _opened(path: Path, _modified: int, _size: int) -> ClassZip:
    return ClassZip(path)
