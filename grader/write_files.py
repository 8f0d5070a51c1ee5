"""Files: written whole or not at all, their state, and `--out` named when it cannot be written."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.errors import UsageError

_DRAFT = ".{name}.{pid}.new"


def write_whole(path: Path, contents: str | bytes) -> None:
    """Write a file in the place of what is there: a link is replaced, not followed.

    Whoever reads the file meanwhile, or after a run that was killed, finds all of the old one or
    all of the new one.
    """
    data = contents if isinstance(contents, bytes) else contents.encode(errors="backslashreplace")
    draft = path.with_name(_DRAFT.format(name=path.name, pid=os.getpid()))
    try:
        draft.unlink(missing_ok=True)
        with draft.open("xb") as file:  # x: nobody's link is in its place by now
            file.write(data)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def remove_drafts(folder: Path) -> None:
    """Remove what killed runs of `write_whole` left in a folder that nobody writes to now."""
    for draft in folder.glob(_DRAFT.format(name="*", pid="*")):
        draft.unlink(missing_ok=True)


def state_of(path: Path) -> tuple[int, int] | None:
    """Return what changes when a file does; None when there is no file."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


@contextmanager
def naming_out(out: Path) -> Iterator[None]:
    """Turn an error of this machine, such as a full disk, into one that names `--out`."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"--out {out}: {error.strerror}") from None
