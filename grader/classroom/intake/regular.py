"""Opening regular files: no links, no devices, no pipes."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from grader.classroom.intake.found import LARGEST, Refused, small_enough

# Windows has only the last of these; there a link is known by lstat alone.
_FLAGS = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file to read, and nothing else.

    Raises:
        Refused: when it is anything else.
        OSError: when this machine cannot open it.
    """
    seen = path.lstat()
    if stat.S_ISLNK(seen.st_mode):
        raise Refused("a link")
    if not stat.S_ISREG(seen.st_mode):  # opening a device can do things, so it is asked before
        raise Refused("not a regular file")
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


def open_own(path: Path) -> BinaryIO:
    """Open a regular file that has no other name: a hard link may lead out of the submission.

    Raises:
        Refused, OSError: as `open_regular`.
    """
    file = open_regular(path)
    if os.fstat(file.fileno()).st_nlink > 1:
        file.close()
        raise Refused("a hard link")
    return file


def read_own(path: Path) -> bytes:
    """Read a small file of a submission.

    Raises:
        Refused, OSError: as `open_own`, and Refused when it is too large.
    """
    with open_own(path) as file:
        small_enough(os.fstat(file.fileno()).st_size)
        text = file.read(LARGEST + 1)
    small_enough(len(text))
    return text
