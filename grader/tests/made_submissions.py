"""Make submissions for tests of the intake, and copy their stage files."""

import bz2
import gzip
import lzma
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest

from grader.classroom.intake.copy_stage_files import TakenSubmission, copy_stage_files
from grader.classroom.list_submissions import list_submissions

FIRST, NINTH = "s01_vocabulary.py", "s09_rms_norm.py"
MINE = b"mine = 1\n"
ENTRY = f"exercises/{FIRST}"

_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": partial(lzma.compress, preset=0),
}


class Class:
    """A folder of submissions, and an empty one beside it to copy them to."""

    def __init__(self, folder: Path) -> None:
        self.collected, self.taken = folder / "collected", folder / "taken"
        self.collected.mkdir()

    def write(self, path: str, text: bytes = MINE) -> Path:
        """Write a file of the submission that `path` begins with."""
        file = self.collected / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
        return file

    def zip(
        self, name: str, *entries: tuple[str | zipfile.ZipInfo, bytes], method: int = 8
    ) -> Path:
        with zipfile.ZipFile(self.collected / name, "w", method) as archive:
            for entry, text in entries:
                archive.writestr(entry, text, method)
        return self.collected / name

    def tar(self, name: str, *entries: tuple[str | tarfile.TarInfo, bytes]) -> Path:
        made = BytesIO()
        with tarfile.open(fileobj=made, mode="w") as archive:
            for entry, text in entries:
                info = tarfile.TarInfo(entry) if isinstance(entry, str) else entry
                info.size = len(text)
                archive.addfile(info, BytesIO(text))
        pack = _PACKERS.get(name.rpartition(".")[2], bytes)
        return self.write(name, pack(made.getvalue()))

    def take_all(self) -> list[TakenSubmission]:
        return list(copy_stage_files(list_submissions(self.collected).entries, self.taken))

    def take(self) -> TakenSubmission:
        """Copy the only submission."""
        (submission,) = self.take_all()
        assert submission.obstacle is None
        return submission


@pytest.fixture
def a_class(tmp_path: Path) -> Iterator[Class]:
    """A class; afterwards, check that only regular stage files were written, each in its
    submission's folder."""
    beside = set(tmp_path.parent.iterdir())
    made = Class(tmp_path)
    yield made
    assert set(tmp_path.parent.iterdir()) == beside
    assert {path.name for path in tmp_path.iterdir()} <= {"collected", "taken", "outside"}
    for path in made.taken.rglob("*"):
        assert not path.is_symlink()
        if path.parent == made.taken:
            assert path.is_dir()
        else:
            assert path.is_file() and path.parent.parent == made.taken
            assert path.name.startswith("s") and path.stat().st_size <= 200_000


def texts(submission: TakenSubmission) -> dict[str, bytes]:
    """Return the contents of a submission's folder."""
    there = {path.name: path.read_bytes() for path in submission.folder.iterdir()}
    assert sorted(there) == sorted(submission.files)
    return there


@contextmanager
def little_memory(most: int = 40_000_000) -> Iterator[None]:
    """Check that at most so many bytes are allocated at any moment."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()
