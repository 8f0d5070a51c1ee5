"""Which files are archives, by the ends of their names."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from grader.classroom.intake.found import Candidates
from grader.classroom.intake.tars import look_in_tar
from grader.classroom.intake.zips import look_in_zip

Look = Callable[[BinaryIO, Candidates], None]

_TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_UNKNOWN = (".7z", ".rar", ".tar.zst", ".gz", ".bz2", ".xz")  # students do hand these in


def look_of(path: Path) -> Look | None:
    """Give what looks into an archive; None when it is none that can be read."""
    ending = ending_of(path)
    if ending == ".zip":
        return look_in_zip
    return look_in_tar if ending in _TARS else None


def ending_of(path: Path) -> str:
    """Give the end of a name that makes it an archive, or nothing."""
    name = path.name.lower()
    endings = [ending for ending in (".zip", *_TARS, *_UNKNOWN) if name.endswith(ending)]
    return max(endings, key=len, default="")
