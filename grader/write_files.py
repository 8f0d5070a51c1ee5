"""Write files atomically, tell when they change, and name `--out` in errors."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.errors import UsageError
from grader.language import mark, tr

_DRAFT = ".{name}.{pid}.new"
_COMMON_ERRORS = {
    errno.EACCES: mark("Permission denied"),
    errno.EEXIST: mark("File exists"),
    errno.EFBIG: mark("File too large"),
    errno.EIO: mark("Input/output error"),
    errno.EISDIR: mark("Is a directory"),
    errno.ELOOP: mark("Too many levels of symbolic links"),
    errno.EMFILE: mark("Too many open files"),
    errno.ENAMETOOLONG: mark("File name too long"),
    errno.ENOENT: mark("No such file or directory"),
    errno.ENOMEM: mark("Cannot allocate memory"),
    errno.ENOSPC: mark("No space left on device"),
    errno.ENOTDIR: mark("Not a directory"),
    errno.EPERM: mark("Operation not permitted"),
    errno.EROFS: mark("Read-only file system"),
}


def write_whole(path: Path, contents: str | bytes) -> None:
    """Replace a file atomically; a symbolic link is replaced, not followed.

    A reader sees either the whole old file or the whole new one, even if the run is killed.

    Args:
        path: its folder must exist.
        contents: text is written as UTF-8, with lone surrogates as `\\ud800`.

    Raises:
        OSError: if it can't be written; the old file is then untouched.
    """
    data = contents if isinstance(contents, bytes) else contents.encode(errors="backslashreplace")
    draft = path.with_name(_DRAFT.format(name=path.name, pid=os.getpid()))
    try:
        draft.unlink(missing_ok=True)
        with draft.open("xb") as file:  # x: fails if someone has put a link there
            file.write(data)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def remove_drafts(folder: Path) -> None:
    """Remove what interrupted `write_whole` calls left in a folder that nobody is writing to."""
    for draft in folder.glob(_DRAFT.format(name="*", pid="*")):
        draft.unlink(missing_ok=True)


def state_of(path: Path | os.DirEntry[str]) -> tuple[int, int] | None:
    """Return a file's modification time (ns) and size, or None if it doesn't exist."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


def reason_of(error: OSError) -> str:
    """Return what the system says went wrong, in the reader's language if it is a common error.

    Some errors, such as shutil's, have no strerror.
    """
    if error.errno in _COMMON_ERRORS and (common := tr(_COMMON_ERRORS[error.errno])).whole:
        return common
    return tr(error.strerror or str(error))


@contextmanager
def naming_out(out: Path) -> Iterator[None]:
    """Turn an OSError in the block into a UsageError that names `--out` as the user wrote it."""
    try:
        yield
    except OSError as error:
        words = tr("--out {out}: {reason}", out=out, reason=reason_of(error))
        raise UsageError(words) from None
