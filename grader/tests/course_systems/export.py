"""What a course system exports for an invented class, and the truth about it."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from io import StringIO
from pathlib import Path

from grader.tests.course_systems.hand_ins import Files
from grader.tests.course_systems.packing import as_zip, write_file, write_files
from grader.tests.course_systems.people import Student


class Clue(Enum):
    """How well a hand-in shows whose it is."""

    SURE = "an id, or a name that only one person has: it must be matched"
    LIKELY = "a name spelled otherwise: matched, or open with the right nearest name"
    UNCLEAR = "several people could have handed it in: open, with the right nearest name"
    STRANGER = "nobody on the roster handed it in: open"


@dataclass(frozen=True)
class TrueHandIn:
    """Whose a hand-in really is, and what is in it."""

    students: tuple[Student, ...]  # several for a group
    stages: frozenset[str]  # the stage files that must be found in it
    clue: Clue = Clue.SURE
    id: tuple[str, str] | None = None  # finds it if there is no stage file that says whose it is
    when: str = ""  # the day on which it was handed in, if the download says so
    copies: int = 1  # how often it is in the download


@dataclass
class Export:
    """A download as files, its roster, and the truth about both."""

    system: str  # a word that the first line must say, such as Moodle
    name: str  # of the download's folder or zip
    files: Files = field(default_factory=dict)
    hand_ins: list[TrueHandIn] = field(default_factory=list)
    roster_name: str = "roster.csv"
    roster: bytes = b""
    keys: dict[int, str] = field(default_factory=dict)  # of each number, a value in one row alone
    names: dict[int, str] = field(default_factory=dict)  # of each number, as the roster spells it

    def know(self, student: Student, key: str, name: str) -> None:
        """Note what tells a student's row of the roster from all others, and its name."""
        self.keys[student.number], self.names[student.number] = key, name

    def write(self, place: Path) -> tuple[Path, Path]:
        """Write the download as a folder; return its path and the roster's."""
        return write_files(place / self.name, self.files), self._write_roster(place)

    def write_zip(self, place: Path, within: str = "") -> tuple[Path, Path]:
        """Write the download as the system's own zip, with everything below `within`."""
        files = {within + path: text for path, text in self.files.items()}
        path = write_file(place / f"{self.name}.zip", as_zip(files))
        return path, self._write_roster(place)

    def _write_roster(self, place: Path) -> Path:
        return write_file(place / self.roster_name, self.roster)


def csv_text(
    rows: Iterable[Sequence[object]],
    *,
    delimiter: str = ",",
    end: str = "\n",
    quote_all: bool = False,
) -> str:
    """Return rows as the text of a CSV file."""
    made = StringIO()
    csv.writer(
        made,
        delimiter=delimiter,
        lineterminator=end,
        quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL,
    ).writerows(rows)
    return made.getvalue()
