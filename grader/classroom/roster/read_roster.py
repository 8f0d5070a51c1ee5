"""Read a roster: find its header, and make one student of each person."""

from pathlib import Path

from grader.classroom.roster.columns import Meaning, meaning_of
from grader.classroom.roster.read_table import HEADER_WITHIN, Row, read_table
from grader.classroom.roster.repeats import without_repeats
from grader.classroom.roster.rows import people_in
from grader.classroom.roster.students import Roster, Student
from grader.classroom.submission_names import printable, words_of
from grader.errors import UsageError

_IDENTIFYING: frozenset[Meaning] = frozenset(
    ("name", "last", "participant", "canvas", "id", "login", "email", "github", "identifier")
)
_TEST_NAMES = {"student test", "test student"}  # what Canvas calls its own
_STAFF = {"teacher", "instructor", "ta", "head ta", "teaching assistant", "reader", "observer"}
_MOST_TITLES = 8  # shown


def read_roster(path: Path) -> Roster:
    """Read a roster in any of the forms that course systems and registrars write.

    Raises:
        UsageError: if nobody in it could be matched with anything.
    """
    table = read_table(path, _known)
    rows = table.rows
    header = max(
        range(len(rows[:HEADER_WITHIN])), key=lambda number: _known(rows[number]), default=0
    )
    titles = _distinct_titles(rows[header] if rows else [])
    _require_identity(path, titles, rows)
    people, notes = people_in(titles, rows[header + 1 :])
    tests = tuple(one for one in people if _is_test(one))
    staff = tuple(one for one in people if one not in tests and one.roles & _STAFF)
    others = [one for one in people if one not in tests and one not in staff]
    students, more_notes = without_repeats(others)
    if not students:
        raise UsageError(f"{path}: it contains no students")
    return Roster(students, table.form, (*notes, *more_notes), tests, staff)


def _known(row: Row) -> int:
    return sum(meaning is not None for meaning in meaning_of(tuple(row)))


def _distinct_titles(row: Row) -> list[str]:
    """Return the titles with numbers where they repeat, because columns are named by them."""
    titles: list[str] = []
    for title in row:
        plain, number = title, 1
        while title in titles:
            number += 1
            title = f"{plain} {number}" if plain else " " * number
        titles.append(title)
    return titles


def _require_identity(path: Path, titles: list[str], rows: list[Row]) -> None:
    meanings = {*meaning_of(tuple(titles))}
    if meanings & _IDENTIFYING:
        return
    missing = "last names" if "first" in meanings else "names or ids"
    shown = titles if _known(titles) else next((row for row in rows if any(row)), [])
    seen = ", ".join(printable(one) for one in shown[:_MOST_TITLES] if one.strip())
    more = ", ..." if len(shown) > _MOST_TITLES else ""
    raise UsageError(
        f"{path}: a column for {missing} is missing, such as {_example(missing)}; "
        + (f"its titles are: {seen}{more}" if seen else "it is empty")
    )


def _example(missing: str) -> str:
    return "last name" if missing == "last names" else "name, student ID or email"


def _is_test(student: Student) -> bool:
    return any(words_of(name) in _TEST_NAMES for name in student.names)
