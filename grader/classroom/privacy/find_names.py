"""Look through a folder of results for names and ids that should not be there any more."""

import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path

from grader.classroom.submission_names import words_of

_LARGEST = 50_000_000  # bytes of one file, or of one in a zip


def files_that_name(folder: Path, values: Collection[str]) -> list[str]:
    """Return the paths of the files that contain one of these values, or have one in their names.

    Args:
        folder: the results; what is in zip files is looked at, too.
        values: as returned by `words_of`.
    """
    by_first: dict[str, list[str]] = {}
    for value in values:
        by_first.setdefault(value.split()[0], []).append(f" {value} ")
    found = {
        path
        for path, text in _texts(folder)
        for words in [words_of(text)]
        if _contains(f" {words} ", by_first)
    }
    return sorted(found)


def _contains(text: str, by_first: dict[str, list[str]]) -> bool:
    there = by_first.keys() & {*text.split()}
    return any(value in text for first in there for value in by_first[first])


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the path of each file, with that path and with the file's contents."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        shown = path.relative_to(folder).as_posix()
        yield shown, shown
        if zipfile.is_zipfile(path):
            yield from ((shown, text) for text in _zipped(path))
        else:
            with path.open("rb") as file:
                yield shown, file.read(_LARGEST).decode("utf-8", errors="replace")


def _zipped(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            yield entry.filename
            with archive.open(entry) as file:
                yield file.read(_LARGEST).decode("utf-8", errors="replace")
