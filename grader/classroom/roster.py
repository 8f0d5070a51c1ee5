"""The teacher's list of students, and which submission belongs to whom.

It is a CSV exported from Canvas or Moodle, or a plain one.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
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
_POINTS_ROW = "points possible"  # the second line of a Canvas export isn't a student
# How Canvas and Moodle name what a teacher downloads: `doejane_LATE_1234_5678_kata`, where 1234 is
# the student's ID, and `Jane Doe_1234_assignsubmission_file`, where 1234 is the upload's.
_CANVAS = re.compile(r"[^_]+_(?:LATE_)?(\d+)_\d+_")
_MOODLE = re.compile(r"(.+)_\d+_assignsubmission_", re.DOTALL)


@dataclass(frozen=True)
class Student:
    """One line of the roster, with its columns as written."""

    columns: dict[str, str]

    @property
    def name(self) -> str:
        """The student's name, or else the first identity in the row."""
        parts = " ".join(self._all_of(_FIRST)[:1] + self._all_of(_LAST)[:1])
        names = [*self._all_of(_NAMES), parts, *self._all_of(_IDENTITIES)]
        return next(filter(None, names), "")

    @property
    def identities(self) -> frozenset[str]:
        """Every name that a submission of this student may have, as returned by `words_of`."""
        last, comma, first = self.name.partition(",")
        turned = f"{first} {last}" if comma else ""
        known = [self.name, turned, *self._all_of(_IDENTITIES)]
        return frozenset(filter(None, map(words_of, known)))

    def _all_of(self, titles: tuple[str, ...]) -> list[str]:
        values = {_title(column): value.strip() for column, value in self.columns.items()}
        return [values[title] for title in titles if values.get(title)]


@dataclass(frozen=True)
class Roster:
    """The students of a class, and what was wrong with the list, one sentence each."""

    students: tuple[Student, ...] = ()
    problems: tuple[str, ...] = ()


NO_ROSTER = Roster()


def read_roster(path: Path) -> Roster:
    """Read a CSV in UTF-8 with `,` or `;` between its columns, and find columns by their titles."""
    try:
        with path.open("rb") as file:
            contents = file.read(_LARGEST + 1)
        if len(contents) > _LARGEST:
            return _unusable(path, f"it is larger than {_LARGEST // 1_000_000} MB")
        return _parse(path, contents.decode("utf-8-sig"))
    except OSError as error:
        return _unusable(path, error.strerror or "it can't be read")
    except UnicodeDecodeError:
        return _unusable(path, "it is not UTF-8: save it as CSV UTF-8")
    except csv.Error as error:
        return _unusable(path, f"it is not a CSV ({error})")


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
    return Roster(distinct) if distinct else _unusable(path, "it contains no students")


def _title(column: str) -> str:
    return " ".join(column.casefold().split())


def _unusable(path: Path, reason: str) -> Roster:
    return Roster((), (f"roster {printable(path.name)}: {reason}",))


@dataclass(frozen=True)
class Match:
    """The roster's columns for the student of one submission, or why there are none."""

    columns: dict[str, str] = field(default_factory=dict)
    problem: str | None = None


def match_students(roster: Roster, names: Sequence[str]) -> tuple[list[Match], list[Student]]:
    """Find the student of each submission by the submission's name.

    Unclear cases are left to the teacher: a submission that fits two students, or two submissions
    that fit one.

    Returns:
        a match for each submission, in order, and the students who handed in nothing.
    """
    if not roster.students:
        return [Match() for _ in names], []
    by_identity: dict[str, list[int]] = defaultdict(list)
    for number, student in enumerate(roster.students):
        for identity in student.identities:
            by_identity[identity].append(number)
    owners = [
        sorted({number for word in _identities(name) for number in by_identity.get(word, ())})
        for name in names
    ]
    handed_in: dict[int, list[str]] = defaultdict(list)
    for name, numbers in zip(names, owners, strict=True):
        for number in numbers:
            handed_in[number].append(name)
    matches = [_match(roster, numbers, handed_in) for numbers in owners]
    absent = [one for number, one in enumerate(roster.students) if number not in handed_in]
    return matches, absent


def _match(roster: Roster, owners: list[int], handed_in: dict[int, list[str]]) -> Match:
    students = [roster.students[number] for number in owners]
    if not students:
        return Match(problem="no student in the roster matches this submission's name")
    if len(students) > 1:
        both = " and ".join(printable(student.name) for student in students[:2])
        return Match(
            problem=f"{len(students)} students in the roster match this submission: {both}"
        )
    submissions = handed_in[owners[0]]
    if len(submissions) > 1:
        all_of_them = ", ".join(map(printable, submissions[:3]))
        whose = printable(students[0].name)
        return Match(problem=f"{len(submissions)} submissions match {whose}: {all_of_them}")
    return Match(dict(students[0].columns))


def _identities(name: str) -> set[str]:
    """Return everything that a submission's name says about its student."""
    found = (pattern.match(name) for pattern in (_CANVAS, _MOODLE))
    said = [name, *(one[1] for one in found if one)]
    return set(map(words_of, said)) - {""}
