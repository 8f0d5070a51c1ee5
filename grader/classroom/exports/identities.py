"""The ids by which course systems know a person, from the roster's columns and the download."""

import re
from collections.abc import Mapping

from grader.classroom.exports.class_rows import ClassRow

MOODLE_TITLES = {
    "username": ("username",),
    "idnumber": ("idnumber", "ID number"),
    "email": ("email", "Email address", "e-mail"),
}
CANVAS_ID = "ID"  # Canvas's own number; Canvas always writes this title in capitals
CANVAS_TITLES = {
    CANVAS_ID: (),
    "SIS User ID": ("SIS User ID",),
    "SIS Login ID": ("SIS Login ID",),
}
# What a Moodle grading worksheet writes for a person: "Participant 41064", in any language.
_PARTICIPANT = re.compile(r"\D*?(\d+)\s*")
_PARTICIPANT_TITLES = ("identifier", "participant")


def column_of(columns: Mapping[str, str], *titles: str) -> str:
    """Return the first non-empty value in a column with one of these titles, or ''.

    Titles are compared without case.
    """
    found = {title.casefold(): value.strip() for title, value in columns.items()}
    values = (found.get(title.casefold(), "") for title in titles)
    return next(filter(None, values), "")


def moodle_ids(columns: Mapping[str, str]) -> dict[str, str]:
    """Return a person's ids by the names that Moodle's importer has for them, '' for none."""
    return {name: column_of(columns, *titles) for name, titles in MOODLE_TITLES.items()}


def canvas_ids(columns: Mapping[str, str]) -> dict[str, str]:
    """Return a person's ids by the titles that Canvas's importer reads, '' for none.

    A column `id` of a roster that Canvas didn't write is the university's.
    """
    ids = {name: column_of(columns, *titles) for name, titles in CANVAS_TITLES.items()}
    ids[CANVAS_ID] = columns.get(CANVAS_ID, "").strip()
    ids["SIS User ID"] = ids["SIS User ID"] or columns.get("id", "").strip()
    return ids


def participant_of(row: ClassRow) -> str:
    """Return a person's number in Moodle's assignment; '' if it is unknown or contradictory.

    The roster (a grading worksheet) or the name of the hand-in says it; a hand-in's number is its
    owner's only if it has one owner.
    """
    listed = _PARTICIPANT.fullmatch(column_of(row.columns, *_PARTICIPANT_TITLES))
    said = {str(int(listed[1]))} if listed else set()
    if row.result and len(row.result.students) == 1:
        numbers = _download_ids(row, "participant")
        said |= {str(int(number)) for number in numbers if number.isdecimal()}
    return said.pop() if len(said) == 1 else ""


def canvas_numbers(row: ClassRow) -> tuple[str, ...]:
    """Return Canvas's own numbers of those who handed in, as the download's file names say them."""
    return _download_ids(row, "canvas")


def _download_ids(row: ClassRow, wanted: str) -> tuple[str, ...]:
    people = row.result.people if row.result else ()
    return tuple(value for person in people for kind, value in person.ids if kind == wanted)
