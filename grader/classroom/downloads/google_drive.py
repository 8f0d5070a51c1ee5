"""A folder of single files that are named after the file and its student.

Google Forms names the files that respondents upload `FILE - RESPONDENT.py`, and puts them into one
folder of Google Drive; a second one of the same name becomes `FILE - RESPONDENT (1).py` when it is
downloaded. (From use; Google publishes no description.) Classes that share a folder by hand name
files `STUDENT - FILE.py` or `STUDENT_FILE.py`.
"""

import re
from dataclasses import dataclass, replace

from grader.classroom.downloads.contents import Contents, Entry, TakenApart, file_source, without
from grader.classroom.hand_in import HandIn, Person
from grader.classroom.intake.archives import ending_of
from grader.classroom.intake.found_files import NOTEBOOK, is_notebook
from grader.classroom.intake.stage_file_names import (
    stage_file_like,
    without_copy_mark,
    without_ending,
)
from grader.classroom.submission_names import words_of

_BOTH = re.compile(r"(?P<first>.+) - (?P<second>.+)", re.DOTALL)
_STUDENT_FIRST = re.compile(r"(?P<whose>.+?)[ _-]+(?P<file>s\d{1,2}[ _-].+)", re.DOTALL | re.I)


@dataclass(frozen=True)
class _Named:
    """A file in the folder, by what its name says."""

    entry: Entry
    whose: str
    file: str
    other: str = ""  # the file's name, if it isn't `whose` that names the student


def is_google_drive(contents: Contents) -> bool:
    """Return whether files are named after stage files, archives or notebooks, and people."""
    return bool(_named(contents))


def take_apart_google_drive(contents: Contents) -> TakenApart:
    """Return the hand-ins, each with all files of one student."""
    named = _named(contents)
    of_whom: dict[str, list[_Named]] = {}
    for one in named:
        of_whom.setdefault(words_of(one.whose), []).append(one)
    hand_ins = [
        HandIn(
            ones[0].whose,
            tuple(file_source(one.entry, one.file) for one in ones),
            (Person(ones[0].whose),),
        )
        for ones in of_whom.values()
    ]
    rest = without(contents.visible, [one.entry for one in named])
    return TakenApart("Google Drive folder", tuple(hand_ins), rest)


def _named(contents: Contents) -> list[_Named]:
    found = [_read(entry) for entry in contents.visible if not entry.is_folder]
    named = [one for one in found if one]
    # Which half of `kata - Ada Lovelace.zip` is the student? The one that differs more.
    unclear = [one for one in named if one.other]
    if len({one.other for one in unclear}) > len({one.whose for one in unclear}):
        named = [replace(one, whose=one.other) if one.other else one for one in named]
    return named


def _read(entry: Entry) -> _Named | None:
    name = entry.name
    ending = ending_of(name) or (name[-len(NOTEBOOK) :] if is_notebook(name) else "")
    stem, ending = (name[: -len(ending)], ending) if ending else without_ending(name)
    if not ending:
        return None
    if both := _BOTH.fullmatch(stem):
        whose, again = without_copy_mark(both["second"])
        file = f"{both['first']} ({again}){ending}" if again else both["first"] + ending
        if stage_file_like(file):
            return _Named(entry, whose, file)
        if not stage_file_like(both["second"] + ending):
            is_packed = bool(ending_of(name)) or is_notebook(name)
            return _Named(entry, whose, file, both["first"]) if is_packed and whose else None
    if found := _STUDENT_FIRST.fullmatch(stem):
        file = found["file"] + ending
        if stage_file_like(file) and words_of(found["whose"]):
            return _Named(entry, found["whose"].rstrip(" -_"), file)
    return None
