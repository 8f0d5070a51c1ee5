"""What there is to take in: the submissions of a folder, named, and matched with the roster."""

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from grader.classroom.intake.archives import ending_of
from grader.classroom.match_students import match
from grader.classroom.roster import Roster
from grader.classroom.submission_names import distinct_keys, printable, words_of
from grader.errors import UsageError


@dataclass(frozen=True)
class Entry:
    """One submission as it lies in the folder, not yet opened; the rest is as in Submission."""

    path: Path
    key: str
    name: str
    student: dict[str, str]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Listing:
    """The submissions of a class in the order of their names, and what does not fit between them
    and the roster, a sentence each."""

    entries: tuple[Entry, ...]
    problems: tuple[str, ...]


def list_submissions(folder: Path, roster: Roster | None = None) -> Listing:
    """List a folder: each folder in it and each archive is a submission; other files are none.

    Raises:
        UsageError: when it cannot be listed, or holds no submission.
    """
    try:
        paths = sorted(filter(_is_submission, folder.iterdir()), key=os.fsencode)
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}") from None
    if not paths:
        raise UsageError(f"{folder}: no submission is here: each is a folder, a zip or a tar")
    names = [_name(path) for path in paths]
    students, problems, absent = _match(roster, names)
    words = [words_of(name) or name for name in names]
    times = Counter(words)
    for name, word, lines in zip(names, words, problems, strict=True):
        if times[word] > 1:
            lines.append(f"{times[word]} submissions are called {printable(name)}")
    entries = map(Entry, paths, distinct_keys(names), names, students, map(tuple, problems))
    return Listing(tuple(entries), absent)


def _is_submission(path: Path) -> bool:
    return bool(ending_of(path)) or path.is_dir()


def _name(path: Path) -> str:
    """Give a submission's name; bytes that are no UTF-8 are replaced, for reports are."""
    name = os.fsencode(path.name).decode("utf-8", errors="replace")
    ending = "" if path.is_dir() else ending_of(path)
    return name[: len(name) - len(ending)] or name


def _match(
    roster: Roster | None, names: list[str]
) -> tuple[list[dict[str, str]], list[list[str]], tuple[str, ...]]:
    """Give each submission's roster columns and problems, and what is wrong with the roster."""
    if roster is None or not roster.students:
        return [{} for _ in names], [[] for _ in names], roster.problems if roster else ()
    matching = match(roster, names)
    students = [dict(one.student.columns) if one.student else {} for one in matching.matches]
    problems = [[one.problem] if one.problem else [] for one in matching.matches]
    absent = (f"no submission of {printable(student.name)}" for student in matching.absent)
    return students, problems, (*roster.problems, *absent)
