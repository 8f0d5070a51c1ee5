"""Recognize a download."""

import os
from pathlib import Path

from grader.classroom.downloads.hand_in import Download, HandIn, Person, Source
from grader.classroom.intake.archives import ending_of
from grader.errors import UsageError
from grader.write_files import reason_of


def recognize(path: Path) -> Download:
    """Return the hand-ins of a download.

    Raises:
        UsageError: if it can't be read or contains no hand-in.
    """
    try:
        paths = sorted(filter(_is_submission, path.iterdir()), key=os.fsencode)
    except OSError as error:
        raise UsageError(f"{path}: {reason_of(error)}") from None
    if not paths:
        raise UsageError(f"{path}: it has no submissions: each is a folder, a zip or a tar")
    return Download("folder of submissions", tuple(map(_plain, paths)))


def _is_submission(path: Path) -> bool:
    if path.name.startswith(".") or path.name == "__MACOSX":
        return False
    return bool(ending_of(path)) or path.is_dir()


def _plain(path: Path) -> HandIn:
    """Return a folder or an archive that is named after its student."""
    name = os.fsencode(path.name).decode("utf-8", errors="replace")
    ending = "" if path.is_dir() else ending_of(path)
    named = name[: len(name) - len(ending)] or name
    return HandIn(named, (Source(path),), (Person(named),))
