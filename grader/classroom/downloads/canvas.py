"""Canvas's *Download Submissions*, unpacked or not.

Source: canvas-lms, `lib/content_zipper.rb` (`add_submission`, 2024). All files are in one folder,
named `NAME_USER_FILE_name.py`, or `NAME_LATE_USER_FILE_name.py`. `NAME` is the sortable name in
lower case without spaces and commas (`hoppergrace`), or the group's name; `USER` is Canvas's number
of the student, or of one of the group; `FILE` is the number of the uploaded file: a higher one is
newer. Texts and links are `NAME_USER_text.html` and `NAME_USER_link.html`. In an anonymous
assignment, `anon_ID` or `LATE_anon_ID` stands for the name and number. If a student hands in a file
of the same name again, Canvas renames it to `name-1.py` (`app/models/attachment.rb`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from grader.classroom.downloads.contents import Contents, Entry, TakenApart, file_source, without
from grader.classroom.hand_in import HandIn, Person
from grader.classroom.intake.archives import ending_of
from grader.classroom.intake.stage_file_names import without_ending
from grader.classroom.submission_names import printable

_WHOSE = (
    r"(?:(?:(?P<anonymous_late>LATE)_)?(?P<anonymous>anon_[^\W_]+)"
    r"|(?P<name>.+?)_(?:(?P<late>LATE)_)?(?P<user>[0-9]{1,18}))"
)
_UPLOAD = re.compile(rf"{_WHOSE}_(?P<number>[0-9]{{1,18}})_(?P<file>.+)", re.DOTALL)
_TEXT = re.compile(rf"{_WHOSE}_(?P<file>(?:text|link)\.html)", re.DOTALL)
_AGAIN = re.compile(r"(?P<stem>.+)-(?P<times>\d{1,3})", re.DOTALL | re.ASCII)


@dataclass(frozen=True)
class _Upload:
    """A file in the download, by what its name says."""

    entry: Entry
    name: str  # of the squeezed kind, or the anonymous one
    user: str  # '' if it is anonymous
    is_late: bool
    number: int  # of the uploaded file; 0 for a text or link
    file: str


def is_canvas(contents: Contents) -> bool:
    """Return whether anything is named as Canvas names submissions."""
    return any(_upload(entry) for entry in contents.visible)


def take_apart_canvas(contents: Contents) -> TakenApart:
    """Return the hand-ins, each with all files of one student or group."""
    of_whom: dict[str, list[_Upload]] = {}
    for entry in contents.visible:
        if one := _upload(entry):
            of_whom.setdefault(one.user or one.name, []).append(one)
    hand_ins = tuple(map(_hand_in, of_whom.values()))
    taken = [one.entry for uploads in of_whom.values() for one in uploads]
    anonymous = sum(not uploads[0].user for uploads in of_whom.values())
    kind = "Canvas download" + (" (anonymous)" if 2 * anonymous > len(hand_ins) else "")
    return TakenApart(kind, hand_ins, without(contents.visible, taken))


def _upload(entry: Entry) -> _Upload | None:
    found = _UPLOAD.fullmatch(entry.name) or _TEXT.fullmatch(entry.name)
    if not found:
        return None
    parts = found.groupdict()
    late = bool(parts["late"] or parts["anonymous_late"])
    name, user = parts["name"] or parts["anonymous"] or "", parts["user"] or ""
    return _Upload(entry, name, user, late, int(parts.get("number") or 0), parts["file"])


def _hand_in(uploads: list[_Upload]) -> HandIn:
    first, problems = uploads[0], []
    if any(one.is_late for one in uploads):
        problems.append("Canvas marks it as late")
    newest, replaced = _newest(uploads)
    if replaced:
        problems.append(replaced)
    if not any(one.number for one in uploads):
        problems.append("Canvas has a text or a link and no file")
    person = Person(first.name, (("canvas", first.user),)) if first.user else Person()
    sources = tuple(file_source(one.entry, one.file) for one in newest)
    handle = f"{first.name}_{first.user}" if first.user else first.name
    return HandIn(first.name, sources, (person,), problems=tuple(problems), handle=handle)


def _newest(uploads: Sequence[_Upload]) -> tuple[list[_Upload], str]:
    """Return the uploads without those that were handed in again, and a sentence about these."""
    named = {one.file for one in uploads}
    versions: dict[str, list[_Upload]] = {}
    for one in uploads:
        versions.setdefault(_first_name(one.file, named), []).append(one)
    newest = [max(ones, key=lambda one: one.number) for ones in versions.values()]
    old = [one for one in uploads if one not in newest]
    if not old:
        return newest, ""
    names = ", ".join(printable(one.file) for one in old[:3]) + (" and more" if old[3:] else "")
    return newest, f"only the newest of files handed in again counts, and not {names}"


def _first_name(file: str, named: set[str]) -> str:
    """Return the name that a file had before Canvas renamed it, if that file is there, too."""
    ending = ending_of(file) or without_ending(file)[1] or PurePosixPath(file).suffix
    again = _AGAIN.fullmatch(file[: len(file) - len(ending)])
    before = f"{again['stem']}{file[len(file) - len(ending) :]}" if again else file
    return before if before in named else file
