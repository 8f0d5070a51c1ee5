"""Copying the stage files of submissions to folders of their own."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from grader.classroom.intake.found import STAGE_FILES
from grader.classroom.intake.gather import gather
from grader.classroom.intake.listing import Entry
from grader.classroom.submission import Submission
from grader.errors import UsageError


def take_in(entries: Iterable[Entry], into: Path) -> Iterator[Submission]:
    """Copy the stage files of each entry to `into`/KEY, one entry after another as asked for.

    Whatever is wrong with an entry is said in its submission, and never ends the others.

    Raises:
        UsageError: when `into` cannot be made, or lies among the submissions.
    """
    try:
        into.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{into}: {error.strerror}") from None
    for entry in entries:
        if into.resolve().is_relative_to(entry.path.parent.resolve()):
            raise UsageError(f"{into} lies among the submissions: choose a folder elsewhere")
        yield _take(entry, into / entry.key)


def _take(entry: Entry, folder: Path) -> Submission:
    files: dict[str, bytes] = {}
    problems: list[str] = []
    obstacle = None
    try:
        chosen = gather(entry.path)
        _write(chosen.files, folder)
        files, problems = chosen.files, chosen.problems
    except OSError as error:
        obstacle = f"could not be taken in: {error.strerror or error}"
    return Submission(
        key=entry.key,
        name=entry.name,
        student=entry.student,
        folder=folder,
        files=tuple(files),
        sha256=_sha256(files),
        problems=(*entry.problems, *problems),
        obstacle=obstacle,
    )


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    """Write new files in the place of those of an earlier run."""
    folder.mkdir(exist_ok=True)
    for name in STAGE_FILES:
        (folder / name).unlink(missing_ok=True)
    for name, text in files.items():
        with (folder / name).open("xb") as file:
            file.write(text)


def _sha256(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, text in files.items():
        digest.update(f"{name} {len(text)}\n".encode())
        digest.update(text)
    return digest.hexdigest()
