"""Looking for stage files in a zip: its list of contents is read, then those files alone."""

import stat
import time
import zipfile
from functools import partial
from typing import BinaryIO, cast

from grader.classroom.intake.bounded import Bounded, NoFurther, broken_if_it_fails
from grader.classroom.intake.found import (
    LARGEST,
    Candidates,
    Refused,
    find_in_archive,
    small_enough,
)

_LARGEST_LIST = 4_000_000  # bytes; a list of 40,000 files with paths of 50 letters
_LARGEST_READ = 64_000_000  # bytes, packed, of all stage files with their copies
_SECONDS = 10.0
# The other methods of packing are unpacked by zipfile without an upper bound.
_BOUNDED_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1  # the lowest of an entry's flag bits


def look_in_zip(file: BinaryIO, pool: Candidates) -> None:
    """Add a zip's stage files to the pool; `file` stays open while the pool is read.

    Raises:
        NoFurther: when it has more in it than can be looked at, or is broken.
        OSError: when this machine cannot read it.
    """
    bounded = Bounded(file, _LARGEST_LIST, time.monotonic() + _SECONDS)
    with broken_if_it_fails():
        archive = zipfile.ZipFile(cast(BinaryIO, bounded))
    bounded.left = _LARGEST_READ
    for info in archive.infolist():
        found = find_in_archive(info.filename, partial(_read, archive, info))
        if found and not info.is_dir():
            pool.add(found)


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    kind = stat.S_IFMT(info.external_attr >> 16)  # 0 where the zip was not made on Unix
    if kind not in (0, stat.S_IFREG):
        raise Refused("a link" if kind == stat.S_IFLNK else "not a regular file")
    if info.flag_bits & _ENCRYPTED:
        raise Refused("it is locked with a password")
    if info.compress_type not in _BOUNDED_METHODS:
        raise Refused("packed in an unusual way; a zip made with the usual settings can be read")
    small_enough(info.file_size)
    try:
        with broken_if_it_fails(), archive.open(info) as member:
            return member.read(LARGEST + 1)
    except NoFurther as reason:
        raise Refused(f"its part of the zip {reason}") from None
