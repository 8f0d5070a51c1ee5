"""List the submissions in a folder, name them, and match them with the roster."""

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from grader.classroom.intake.archives import ending_of
from grader.classroom.roster import NO_ROSTER, Roster, match_students
from grader.classroom.submission_names import distinct_keys, printable, words_of
from grader.errors import UsageError
from grader.write_files import reason_of


@dataclass(frozen=True)
class ListedSubmission:
    """A submission in the folder, not yet opened."""

    path: Path
    key: str  # names it in files; unique in its class, whatever the case or Unicode form
    name: str  # as it was collected: not safe to print
    student: dict[str, str]  # the roster's columns for this student; empty if none was found
    problems: tuple[str, ...]  # what was wrong with the submission, one sentence each


@dataclass(frozen=True)
class Listing:
    """The submissions of a class, sorted by name, and where they don't match the roster, one
    sentence each."""

    entries: tuple[ListedSubmission, ...]
    problems: tuple[str, ...]


def list_submissions(folder: Path, roster: Roster = NO_ROSTER) -> Listing:
    """List the submissions in a folder: each folder and each archive in it is one.

    Other files, hidden folders and the folder that macOS adds to a zip are ignored.

    Raises:
        UsageError: if the folder can't be read or contains no submission.
    """
    try:
        paths = sorted(filter(_is_submission, folder.iterdir()), key=os.fsencode)
    except OSError as error:
        raise UsageError(f"{folder}: {reason_of(error)}") from None
    if not paths:
        raise UsageError(f"{folder}: it has no submissions: each is a folder, a zip or a tar")
    names = [_name(path) for path in paths]
    words = [words_of(name) or name for name in names]
    times = Counter(words)
    matches, absent = match_students(roster, names)
    entries = []
    each = zip(paths, distinct_keys(names), names, words, matches, strict=True)
    for path, key, name, word, match in each:
        twins = f"{times[word]} submissions are called {printable(name)}"
        problems = filter(None, [match.problem, twins if times[word] > 1 else None])
        entries.append(ListedSubmission(path, key, name, match.columns, tuple(problems)))
    missing = (f"no submission from {printable(student.name)}" for student in absent)
    return Listing(tuple(entries), (*roster.problems, *missing))


def _is_submission(path: Path) -> bool:
    if path.name.startswith(".") or path.name == "__MACOSX":
        return False
    return bool(ending_of(path)) or path.is_dir()


def _name(path: Path) -> str:
    """Return a submission's name; bytes that aren't UTF-8 are replaced, as in reports."""
    name = os.fsencode(path.name).decode("utf-8", errors="replace")
    ending = "" if path.is_dir() else ending_of(path)
    return name[: len(name) - len(ending)] or name
