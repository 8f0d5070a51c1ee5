"""The ids by which course systems know a person, from the roster's columns and the download."""

from collections.abc import Mapping

from grader.classroom.grades.class_rows import ClassRow
from grader.classroom.hand_in import IdKind
from grader.classroom.roster import Student

# What the importers call an id, and what kind of id of a roster it is.
MOODLE: dict[str, IdKind] = {"username": "login", "idnumber": "id", "email": "email"}
CANVAS: dict[str, IdKind] = {"ID": "canvas", "SIS User ID": "id", "SIS Login ID": "login"}
CANVAS_ID = "ID"  # Canvas's own number


def column_of(columns: Mapping[str, str], title: str) -> str:
    """Return the value in a column, or ''; titles are compared without case."""
    values = {name.casefold(): value.strip() for name, value in columns.items()}
    return values.get(title.casefold(), "")


def ids_for(system: Mapping[str, IdKind], columns: dict[str, str]) -> dict[str, str]:
    """Return a person's ids by the importer's names for them, '' where the roster has none."""
    known = dict(reversed(Student(columns).ids))  # the first of a kind
    return {name: known.get(kind, "") for name, kind in system.items()}


def email_of(columns: dict[str, str]) -> str:
    """Return a person's address; '' if the roster has none."""
    return ids_for(MOODLE, columns)["email"]


def participant_of(row: ClassRow) -> str:
    """Return a person's number in Moodle's assignment; '' if it is unknown or contradictory.

    The roster (a grading worksheet) or the name of the hand-in says it; a hand-in's number is its
    owner's only if it has one owner.
    """
    said = {value for kind, value in Student(row.columns).ids if kind == "participant"}
    if row.result and len(row.result.students) == 1:
        said |= set(download_ids(row, "participant"))
    numbers = {str(int(number)) for number in said if number.isdecimal()}
    return numbers.pop() if len(numbers) == 1 else ""


def download_ids(row: ClassRow, wanted: IdKind) -> tuple[str, ...]:
    """Return what the download says about those who handed in: their ids of a kind."""
    people = row.result.people if row.result else ()
    return tuple(value for person in people for kind, value in person.ids if kind == wanted)


def is_from(row: ClassRow, wanted: IdKind) -> bool:
    """Return whether the roster or the download has ids of a kind, which only one system has."""
    listed = any(kind == wanted for kind, _ in Student(row.columns).ids)
    return listed or bool(download_ids(row, wanted))
