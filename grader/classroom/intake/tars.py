"""Looking for stage files in a tar, packed or not: it is read from front to back, once."""

import bz2
import gzip
import lzma
import tarfile
import time
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from grader.classroom.intake.bounded import Bounded, NoFurther, broken_if_it_fails
from grader.classroom.intake.found import (
    LARGEST,
    MOST_ENTRIES,
    Candidates,
    Refused,
    find_in_archive,
    refusing,
    small_enough,
)

_LARGEST_READ = 128_000_000  # bytes, both packed and unpacked
_LARGEST_HEADER = 16_384  # bytes of long names and the like, which tarfile reads in one piece
_SECONDS = 10.0
_PACKERS: dict[bytes, Callable[[BinaryIO], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}
_EXTRA_HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


class _Header(tarfile.TarInfo):
    """An entry whose sizes are sane; tarfile believes whatever stands there."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Header":
        header = super().frombuf(buf, encoding, errors)
        too_long = header.type in _EXTRA_HEADERS and header.size > _LARGEST_HEADER
        if header.size < 0 or too_long:
            raise tarfile.ReadError("a size that no tar has")
        return header


def look_in_tar(file: BinaryIO, pool: Candidates) -> None:
    """Add a tar's stage files to the pool.

    Raises:
        NoFurther: when it has more in it than can be looked at, or is broken; what came before is
            in the pool.
        OSError: when this machine cannot read it.
    """
    with broken_if_it_fails():
        unpacked = _unpacked(file, time.monotonic() + _SECONDS)
        archive = tarfile.TarFile(fileobj=unpacked, tarinfo=_Header)
        for _ in range(MOST_ENTRIES):
            info = archive.next()
            if info is None:
                return
            _add(archive, info, pool)
    raise NoFurther(f"has more than {MOST_ENTRIES:,} files")


def _unpacked(file: BinaryIO, until: float) -> BinaryIO:
    """Give a tar's own bytes, whatever it is packed with."""
    start = file.read(6)
    file.seek(0)
    packed = cast(BinaryIO, Bounded(file, _LARGEST_READ, until))
    for magic, unpack in _PACKERS.items():
        if start.startswith(magic):
            inner = Bounded(unpack(packed), _LARGEST_READ, until, skips_cost=True)
            return cast(BinaryIO, inner)
    return packed


def _add(archive: tarfile.TarFile, info: tarfile.TarInfo, pool: Candidates) -> None:
    """Add an entry, with its contents: in a packed tar there is no way back to them."""
    if info.isdir() or find_in_archive(info.name, refusing("")) is None:
        return
    try:
        text = _read(archive, info)
    except Refused as refused:
        found = find_in_archive(info.name, refusing(str(refused)))
    else:
        found = find_in_archive(info.name, lambda: text)
    if found:
        pool.add(found)


def _read(archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    if info.issym() or info.islnk():
        raise Refused("a link")
    if not info.isreg():
        raise Refused("not a regular file")
    small_enough(info.size)
    member = archive.extractfile(info)
    return member.read(LARGEST + 1) if member else b""
