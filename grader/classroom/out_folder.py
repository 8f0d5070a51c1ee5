"""The folder of results while a run writes to it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from grader.errors import UsageError


@contextmanager
def out_folder(out: Path) -> Iterator[Path]:
    """Make the folder of results and keep other runs out of it; give a folder in it for what is
    only needed meanwhile. What a run that was killed has left there is removed."""
    work = out / ".work"
    lock = FileLock(out / ".lock", timeout=0)
    with told_of(out):
        out.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        lock.release()


@contextmanager
def told_of(out: Path) -> Iterator[None]:
    """Say that it is the folder of results that cannot be used."""
    try:
        yield
    except Timeout:
        raise UsageError(f"--out {out}: another run is writing there") from None
    except OSError as error:
        raise UsageError(f"--out {out}: {error.strerror}") from None
