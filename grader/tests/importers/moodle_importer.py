"""Moodle's import of grades from a CSV file, as its source has it.

Sources, of github.com/moodle/moodle:

- grade/import/csv/classes/load_data.php, in commit 162f42f0dae3 (to 5.0) and, moved to public/, in
  commit ead32c158ee5 (from 5.1): `prepare_import_grade_data`, `map_user_data_with_value`,
  `check_user_exists`, `update_grade_item`, `import_new_grade_item`, `insert_grade_record`.
- lib/csvlib.class.php, in public/ in commit 0963d2257210: `load_csv_content`, which writes what it
  has read through `escape_spreadsheet_formula` of lib/classes/dataformat.php (commit cde19f58644a).

The teacher maps one column to a user field, one to the grade, and one to its feedback.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from grader.tests.importers.php_csv import read_rows

Field = Literal["username", "idnumber", "email"]
Version = Literal["to 5.0", "from 5.1"]
VERSIONS: tuple[Version, ...] = ("to 5.0", "from 5.1")
_TRIMMED = " \t\n\r\0\x0b"  # by PHP's trim()


@dataclass(frozen=True)
class MoodleUser:
    """An account of the whole site, not of a course alone."""

    id: int
    username: str
    idnumber: str = ""
    email: str = ""


@dataclass
class MoodleImport:
    """Who gets which grade and feedback; nobody gets anything if the import was aborted."""

    grades: dict[int, float | None] = field(default_factory=dict)  # None takes a grade away
    feedback: dict[int, str] = field(default_factory=dict)
    aborted: str = ""


class _Aborted(Exception):
    pass


def import_grades(
    contents: bytes,
    users: Sequence[MoodleUser],
    column: str,
    version: Version,
    *,
    highest: float = 100,
    new_item: bool = False,
) -> MoodleImport:
    """Import a file whose last two columns are a grade and its feedback.

    Args:
        contents: the file, with commas, in UTF-8.
        users: the accounts of the site, in the order of their ids.
        column: the title of the column to look people up by, which is also the user field.
        version: of Moodle.
        highest: the item's maximum.
        new_item: whether the import makes a new grade item instead of filling one.
    """
    done = MoodleImport()
    try:
        rows = _load(contents, version)
        place = rows[0].index(column)
        student = None
        for line in rows[1:]:
            if len(line) <= 1:
                continue
            value = line[place].strip(_TRIMMED)
            if version == "from 5.1":
                student = _only_user(value, users, column)
            elif value not in ("", "0"):  # what PHP calls empty; otherwise the last row's student
                student = _first_user(value, users, column)
            if student is None:
                raise _Aborted("the user was not found")
            done.grades[student] = _grade(line[-2].strip(_TRIMMED), version, highest, new_item)
            done.feedback[student] = line[-1].strip(_TRIMMED)
    except _Aborted as reason:
        return MoodleImport(aborted=str(reason))
    return done


def _load(contents: bytes, version: Version) -> list[list[str]]:
    text = contents.decode("utf-8").removeprefix("\ufeff")
    rows = read_rows(text.replace("\r\n", "\n").replace("\r", "\n").strip(_TRIMMED))
    if not rows:
        raise _Aborted("the file is empty")
    if any(len(row) != len(rows[0]) for row in rows):
        raise _Aborted("the number of columns is not the same in each row")
    if version == "from 5.1":
        rows = [list(map(_escaped, row)) for row in rows]
    return [[title.strip(_TRIMMED) for title in rows[0]], *rows[1:]]


def _escaped(value: str) -> str:
    starts = value != "-" and value.lstrip()[:1] in ("=", "+", "-", "@") and value.strip() != ""
    return f"'{value}" if starts else value


def _first_user(value: str, users: Sequence[MoodleUser], column: str) -> int | None:
    """`$DB->get_record`, which returns the first of several; MySQL compares without case."""
    found = [user.id for user in users if getattr(user, column).casefold() == value.casefold()]
    if not found:
        raise _Aborted(f"{column} {value} was not found")
    return found[0]


def _only_user(value: str, users: Sequence[MoodleUser], column: str) -> int:
    found = [user.id for user in users if getattr(user, column).casefold() == value.casefold()]
    if len(found) != 1:
        raise _Aborted(f"{column} {value!r}: {len(found)} users were found")
    return found[0]


def _grade(value: str, version: Version, highest: float, new_item: bool) -> float | None:
    if value == "-":
        return None
    if value == "":
        # The database driver stores an empty text as a number: 0.
        return 0 if new_item and version == "to 5.0" else None
    try:
        grade = float(value)
    except ValueError:
        raise _Aborted(f"{value} is not a grade") from None
    if grade > highest:
        raise _Aborted(f"the grade is above {highest}")
    return grade
