"""The teacher's list of students: a CSV as Canvas or Moodle export it, or a plain one."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from grader.classroom.submission_names import printable, words_of

_LARGEST = 20_000_000  # bytes
_NAMES = ("student", "name", "full name")
_FIRST, _LAST = ("first name", "firstname"), ("last name", "lastname", "surname")
_IDENTITIES = (
    *("id", "idnumber", "id number", "student id"),
    *("sis user id", "sis login id", "login", "username"),
    *("email", "email address", "e-mail"),
)
_POINTS_ROW = "points possible"  # the second line of what Canvas exports is no student


@dataclass(frozen=True)
class Student:
    """One line of the roster: its columns as they are written there."""

    columns: dict[str, str]

    @property
    def name(self) -> str:
        """What the student is called, or the first identity that there is."""
        names = [self._of(_NAMES), f"{self._of(_FIRST)} {self._of(_LAST)}".strip()]
        return next(filter(None, [*names, *self._all_of(_IDENTITIES)]), "")

    @property
    def identities(self) -> frozenset[str]:
        """Everything that a submission of this student may be called, as `words_of` gives it."""
        last, comma, first = self.name.partition(",")
        turned = f"{first} {last}" if comma else ""
        known = [self.name, turned, *self._all_of(_IDENTITIES)]
        return frozenset(filter(None, map(words_of, known)))

    def _of(self, titles: tuple[str, ...]) -> str:
        return next(iter(self._all_of(titles)), "")

    def _all_of(self, titles: tuple[str, ...]) -> list[str]:
        values = {_title(column): value.strip() for column, value in self.columns.items()}
        return [values[title] for title in titles if values.get(title)]


@dataclass(frozen=True)
class Roster:
    """The students of a class, and what was wrong with the list, a sentence each."""

    students: tuple[Student, ...]
    problems: tuple[str, ...] = ()


def read_roster(path: Path) -> Roster:
    """Read a CSV in UTF-8 with `,` or `;` between its columns, which are found by their titles."""
    try:
        with path.open("rb") as file:
            contents = file.read(_LARGEST + 1)
        if len(contents) > _LARGEST:
            return _unusable(path, f"it is larger than {_LARGEST // 1_000_000} MB")
        return _parse(path, contents.decode("utf-8-sig"))
    except OSError as error:
        return _unusable(path, error.strerror or "it cannot be read")
    except UnicodeDecodeError:
        return _unusable(path, "it is not UTF-8: save it as CSV UTF-8")
    except csv.Error as error:
        return _unusable(path, f"it is no CSV ({error})")


def _parse(path: Path, text: str) -> Roster:
    titles_line = text.partition("\n")[0]
    delimiter = ";" if titles_line.count(";") > titles_line.count(",") else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    titles = next(rows, [])
    if not {_title(title) for title in titles} & {*_NAMES, *_FIRST, *_LAST, *_IDENTITIES}:
        return _unusable(path, "its first line has no column such as name, id or email")
    students = [Student(dict(zip(titles, row, strict=False))) for row in rows]
    kept = [one for one in students if one.identities and one.name.strip().lower() != _POINTS_ROW]
    distinct = tuple({tuple(one.columns.items()): one for one in kept}.values())
    return Roster(distinct) if distinct else _unusable(path, "no student is in it")


def _title(column: str) -> str:
    return " ".join(column.casefold().split())


def _unusable(path: Path, reason: str) -> Roster:
    return Roster((), (f"roster {printable(path.name)}: {reason}",))
