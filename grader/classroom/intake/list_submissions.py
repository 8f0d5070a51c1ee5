"""List the submissions of a class: take its download apart, and match it with the roster."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from grader.classroom.downloads.hand_in import HandIn
from grader.classroom.downloads.recognize import recognize
from grader.classroom.roster import NO_ROSTER, Roster, match_students
from grader.classroom.submission_names import distinct_keys, printable, words_of

Columns = dict[str, str]  # the roster's columns for a student


@dataclass(frozen=True)
class ListedSubmission:
    """A submission that has not been opened yet."""

    hand_in: HandIn
    key: str  # names it in files; unique in its class, whatever the case or Unicode form
    name: str  # as it was collected: not safe to print
    students: tuple[Columns, ...]  # several for a group; none if the roster has nobody like that
    problems: tuple[str, ...]  # what was wrong with the submission, one sentence each


@dataclass(frozen=True)
class Listing:
    """The submissions of a class, sorted by name, and where they don't match the roster."""

    kind: str  # what the download was recognized as
    entries: tuple[ListedSubmission, ...]
    absent: tuple[Columns, ...]  # who handed in nothing
    problems: tuple[str, ...]  # one sentence each


def list_submissions(download: Path, roster: Roster = NO_ROSTER) -> Listing:
    """List the submissions of a download.

    Raises:
        UsageError: if it can't be read or contains no submission.
    """
    found = recognize(download)
    names = [one.name for one in found.hand_ins]
    words = [words_of(name) or name for name in names]
    times = Counter(words)
    matches, absent = match_students(roster, names)
    entries = []
    each = zip(found.hand_ins, distinct_keys(names), words, matches, strict=True)
    for hand_in, key, word, match in each:
        twins = f"{times[word]} submissions are called {printable(hand_in.name)}"
        unclear = filter(None, [match.problem, twins if times[word] > 1 else None])
        students = (match.columns,) if match.columns else ()
        said = (*hand_in.problems, *unclear)
        entries.append(ListedSubmission(hand_in, key, hand_in.name, students, said))
    missing = (f"no submission from {printable(student.name)}" for student in absent)
    problems = *found.problems, *roster.problems, *missing
    return Listing(found.kind, tuple(entries), tuple(one.columns for one in absent), problems)
