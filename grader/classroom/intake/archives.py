"""Look for stage files in archives, without unpacking them.

From a zip, only the list of contents and then these files are read. A tar, compressed or not, is
read once from front to back.
"""

import bz2
import datetime
import gzip
import lzma
import stat
import tarfile
import time
import zipfile
from collections.abc import Callable
from functools import partial
from typing import Any, BinaryIO, cast

from grader.classroom.intake.found_files import MOST_ENTRIES, FoundFile, file_in_archive
from grader.classroom.intake.safe_reading import (
    BoundedFile,
    NoFurther,
    Refused,
    broken_if_it_fails,
    require_small,
)

SECONDS = 10.0  # for one archive
_TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_UNKNOWN = (".7z", ".rar", ".tar.zst", ".gz", ".bz2", ".xz")  # students hand these in as well

_LARGEST_ZIP_LIST = 4_000_000  # bytes; a list of 40,000 files with paths of 50 letters
MOST_OF_ZIP = 64_000_000  # bytes, compressed, of all stage files with their copies
# For the other compression methods, zipfile decompresses without an upper bound.
_BOUNDED_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1  # the lowest of an entry's flag bits

_MOST_OF_TAR = 128_000_000  # bytes, both compressed and decompressed
_LARGEST_TAR_HEADER = 16_384  # bytes of long names and the like, which tarfile reads all at once
_UNPACKERS: dict[bytes, Callable[[BinaryIO], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}
Take = Callable[[FoundFile], None]
_EXTRA_HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


def ending_of(name: str) -> str:
    """Return the ending that makes a file name an archive's, or ''."""
    lower = name.lower()
    endings = [ending for ending in (".zip", *_TARS, *_UNKNOWN) if lower.endswith(ending)]
    return max(endings, key=len, default="")


def _look_in_zip(file: BinaryIO, take: Take) -> None:
    bounded = BoundedFile(file, _LARGEST_ZIP_LIST, time.monotonic() + SECONDS)
    with broken_if_it_fails():
        archive = zipfile.ZipFile(cast(BinaryIO, bounded))
    bounded.left = MOST_OF_ZIP
    for info in archive.infolist():
        read = partial(read_zipped, archive, info)
        found = file_in_archive(info.filename, read, modified_in_zip(info))
        if found and not info.is_dir():
            take(found)


def modified_in_zip(info: zipfile.ZipInfo) -> float:
    """Return when an entry was modified, in seconds since 1970; 0 if it says nothing sensible."""
    try:
        return datetime.datetime(*info.date_time).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0


def read_zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """Read an entry of a zip.

    Raises:
        Refused: if it has more than `most` bytes, isn't a regular file, or can't be read.
    """
    require_readable(info)
    require_small(info.file_size, most)
    try:
        with broken_if_it_fails(), archive.open(info) as member:
            return member.read(most + 1)
    except NoFurther as reason:
        raise Refused(f"its part of the zip {reason}") from None


def require_readable(info: zipfile.ZipInfo) -> None:
    """Raise Refused if an entry of a zip isn't a regular file that can be read within bounds."""
    kind = stat.S_IFMT(info.external_attr >> 16)  # 0 where the zip was not made on Unix
    if kind not in (0, stat.S_IFREG):
        raise Refused("it is a link" if kind == stat.S_IFLNK else "it is not a regular file")
    if info.flag_bits & _ENCRYPTED:
        raise Refused("it is protected with a password")
    if info.compress_type not in _BOUNDED_METHODS:
        raise Refused("it is compressed in an unusual way: make the zip with the usual settings")


class _SaneHeader(tarfile.TarInfo):
    """An entry whose sizes are checked, because tarfile believes whatever an archive says."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_SaneHeader":
        header = super().frombuf(buf, encoding, errors)
        too_long = header.type in _EXTRA_HEADERS and header.size > _LARGEST_TAR_HEADER
        if header.size < 0 or too_long:
            raise tarfile.ReadError("a size that no tar has")
        return header


def _look_in_tar(file: BinaryIO, take: Take) -> None:
    with broken_if_it_fails():
        unpacked = _unpacked(file, time.monotonic() + SECONDS)
        archive = tarfile.TarFile(fileobj=unpacked, tarinfo=_SaneHeader)
        for _ in range(MOST_ENTRIES):
            info = archive.next()
            if info is None:
                return
            read = partial(_read_tarred, archive, info)
            found = file_in_archive(info.name, read, float(info.mtime))
            if found and not info.isdir():
                # A compressed tar can't be read backwards, so read this entry now.
                take(found.read_ahead())
    raise NoFurther(f"has more than {MOST_ENTRIES:,} files")


def _unpacked(file: BinaryIO, until: float) -> BinaryIO:
    """Return a file that reads the decompressed bytes of a tar."""
    start = file.read(6)
    file.seek(0)
    packed = cast(BinaryIO, BoundedFile(file, _MOST_OF_TAR, until))
    for magic, unpack in _UNPACKERS.items():
        if start.startswith(magic):
            inner = BoundedFile(unpack(packed), _MOST_OF_TAR, until, skips_cost=True)
            return cast(BinaryIO, inner)
    return packed


def _read_tarred(archive: tarfile.TarFile, info: tarfile.TarInfo, most: int) -> bytes:
    if info.issym() or info.islnk():
        raise Refused("it is a link")
    if not info.isreg():
        raise Refused("it is not a regular file")
    require_small(info.size, most)
    member = archive.extractfile(info)
    return member.read(most + 1) if member else b""


# For each ending, the function that passes on an archive's files that may be graded; they are read
# while the archive is open. It raises NoFurther if the archive is broken, or has more in it than
# will be read; what came before has been passed on.
LOOKS: dict[str, Callable[[BinaryIO, Take], None]] = {
    ".zip": _look_in_zip,
    **dict.fromkeys(_TARS, _look_in_tar),
}
