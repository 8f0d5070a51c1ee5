"""Read a roster: find its header, and make one student of each person."""

from collections.abc import Iterable
from pathlib import Path

from grader.classroom.roster.columns import Meaning, meaning_of
from grader.classroom.roster.read_table import HEADER_WITHIN, Row, read_table
from grader.classroom.roster.students import Roster, Student, forms_of, plain_id
from grader.classroom.submission_names import printable, words_of
from grader.errors import UsageError

_IDENTIFYING: frozenset[Meaning] = frozenset(
    ("name", "last", "participant", "canvas", "id", "login", "email", "github", "identifier")
)
_POINTS_ROW = "points possible"  # below the header of a Canvas export
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
    people = _people(titles, rows[header + 1 :])
    tests = tuple(one for one in people if _is_test(one))
    staff = tuple(one for one in people if one not in tests and one.roles & _STAFF)
    students = _without_repeats(one for one in people if one not in tests and one not in staff)
    if not students:
        raise UsageError(f"{path}: it contains no students")
    return Roster(students, table.form, tests, staff)


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


def _people(titles: list[str], rows: Iterable[Row]) -> list[Student]:
    people = []
    for row in rows:
        cells = [cell.strip() for cell in row[: len(titles)]]
        cells += [""] * (len(titles) - len(cells))
        one = Student(dict(zip(titles, cells, strict=True)))
        if words_of(one.name) and words_of(one.name) != _POINTS_ROW and cells != titles:
            people.append(one)
    return people


def _is_test(student: Student) -> bool:
    return any(words_of(name) in _TEST_NAMES for name in student.names)


def _without_repeats(students: Iterable[Student]) -> tuple[Student, ...]:
    """Return each person once; somebody in two sections has two rows with the same ids.

    Rows without ids are one person if they are equal. Otherwise they may be two of one name.
    """
    kept: list[Student] = []
    seen: dict[object, int] = {}
    for one in students:
        names = {forms_of(name).words for name in one.names} or {""}
        keys: list[object] = [
            (name, kind, plain_id(kind, value)) for kind, value in one.ids for name in names
        ]
        keys = keys or [tuple(one.columns.values())]
        number = next((seen[key] for key in keys if key in seen), len(kept))
        if number == len(kept):
            kept.append(one)
        else:
            kept[number] = _joined(kept[number], one)
        seen.update(dict.fromkeys(keys, number))
    return tuple(kept)


def _joined(first: Student, again: Student) -> Student:
    """Return a person with the columns of the first row, completed from the other."""
    return Student({title: value or again.columns[title] for title, value in first.columns.items()})
