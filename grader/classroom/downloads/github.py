"""Clones of a class's repositories, as GitHub Classroom's and Classroom 50's programs make them.

Source: gh-classroom, `cmd/gh-classroom/clone/student-repos/student-repos.go` (2024): a folder
`ASSIGNMENT-submissions` with a clone `ASSIGNMENT-USER` for each student or team. Classroom 50,
`cli/gh-teacher/internal/download/download.go` (2026): a folder
`CLASSROOM-ASSIGNMENT_submissions_TIME` with a clone `CLASSROOM-ASSIGNMENT-USER` for each student,
all in lower case, which has a file `.classroom50.yaml`, and with `scores.csv`. Any of the time, the
files and the list tells it from GitHub Classroom's.
"""

import re
from collections import Counter

from grader.classroom.downloads.contents import Contents, Entry, TakenApart, names_in, without
from grader.classroom.hand_in import HandIn, Person

_OF_CLASSROOM_50 = {".classroom50.yaml", ".classroom50.yml"}
_OF_A_CLONE = {".git", ".github", *_OF_CLASSROOM_50}
_SCORES = "scores.csv"  # a list that Classroom 50 writes
_FOLDER_OF_CLONES = re.compile(
    r"(?P<start>.+?)[-_]submissions(?P<time>_\d{4}[0-9_T-]+)?(?: ?\(\d+\))?", re.DOTALL | re.ASCII
)
_USER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?")  # or a team's name


def is_github(contents: Contents) -> bool:
    """Return whether there are clones whose names begin with the same assignment."""
    return bool(_prefix(contents, _clones(contents)))


def take_apart_github(contents: Contents) -> TakenApart:
    """Return a hand-in for each clone; what counts is its working tree."""
    clones = _clones(contents)
    prefix = _prefix(contents, clones)
    hand_ins, taken = [], []
    for entry in contents.visible:
        user = entry.name[len(prefix) :]
        if entry.is_folder and entry.name.startswith(prefix) and _USER.fullmatch(user):
            taken.append(entry)
            hand_ins.append(_hand_in(user, entry))
    rest = without(contents.visible, taken)
    if not _is_classroom_50(contents, clones):
        return TakenApart("GitHub Classroom clones", tuple(hand_ins), rest)
    rest = tuple(entry for entry in rest if entry.name != _SCORES)
    return TakenApart("Classroom 50 clones", tuple(hand_ins), rest)


def _hand_in(user: str, entry: Entry) -> HandIn:
    return HandIn(user, (entry.source,), (Person("", (("github", user),)),), handle=user)


def _is_classroom_50(contents: Contents, clones: dict[Entry, frozenset[str]]) -> bool:
    marked = sum(bool(_OF_CLASSROOM_50 & names) for names in clones.values())
    folder = _FOLDER_OF_CLONES.fullmatch(contents.name)
    if folder and folder["time"]:
        return True
    return 2 * marked > len(clones) or any(entry.name == _SCORES for entry in contents.visible)


def _clones(contents: Contents) -> dict[Entry, frozenset[str]]:
    """Return the folders that are clones, with the names of what they contain."""
    inside = {entry: names_in(entry) for entry in contents.visible if entry.is_folder}
    return {entry: names for entry, names in inside.items() if names & _OF_A_CLONE}


def _prefix(contents: Contents, clones: dict[Entry, frozenset[str]]) -> str:
    """Return what the names of most clones begin with, up to a hyphen; '' if there is nothing.

    The name of the folder they are in is the best source. Files in the clones are not asked: a
    student could write another's name into them.
    """
    names = [entry.name for entry in clones]
    if found := _FOLDER_OF_CLONES.fullmatch(contents.name):
        expected = f"{found['start']}-"
        if any(name.startswith(expected) for name in names):
            return expected
    begins = Counter(
        name[: place + 1] for name in names for place, letter in enumerate(name) if letter == "-"
    )
    most = max(begins.values(), default=0)
    if most < 2 or 2 * most <= len(names):
        return ""
    return max((begin for begin, times in begins.items() if times == most), key=len)
