"""Read the small CSV files in which a teacher writes down weights, late days and overrides."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.classroom.grades.people import PersonLine
from grader.classroom.submission_names import printable
from grader.errors import UsageError
from grader.write_files import reason_of

_LARGEST = 2_000_000  # bytes
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Line:
    """One line of such a file: its values, and what is in all the other columns."""

    where: str  # the file and the line, for messages
    cells: Mapping[str, str]  # by title; '' where there is no such column
    others: tuple[str, ...]  # cells that aren't empty: in a file about people, who it is

    @property
    def person(self) -> PersonLine:
        """Whom the line is about.

        Raises:
            UsageError: if it names nobody.
        """
        if not self.others:
            raise UsageError(f"{self.where}: it names nobody: write a name or an id")
        return PersonLine(self.where, self.others)


def read_lines(
    path: Path, titles: Sequence[str], needed: Sequence[tuple[str, ...]], example: str
) -> list[Line]:
    """Read the lines of a CSV, but not its titles and not its empty lines.

    Args:
        titles: of the columns with values, without case; all others are about a person.
        needed: which of them it must have, or at least one of several.
        example: the first line of such a file, for messages.

    Raises:
        UsageError: if the file can't be read, or a column is missing.
    """
    name, text = printable(path.name), _text_of(path)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter_of(text)))
    except csv.Error as error:
        raise UsageError(f"{name}: it is not a CSV ({error})") from None
    start = 1 if text.startswith("sep=") else 0
    found = [cell.strip().casefold() for cell in (rows[start] if len(rows) > start else [])]
    places = {title: found.index(title) for title in titles if title in found}
    for names in needed:
        if not places.keys() & {*names}:
            raise UsageError(
                f"{name}: it has no column {' or '.join(names)}: its first line must name its "
                f"columns, such as {example}"
            )
    lines = []
    for number, row in enumerate(rows[start + 1 :], start + 2):
        cells = dict(enumerate(cell.strip() for cell in row))
        if any(cells.values()):
            values = {title: cells.get(places.get(title, -1), "") for title in titles}
            others = (cell for at, cell in cells.items() if cell and at not in places.values())
            lines.append(Line(f"{name}, line {number}", values, tuple(others)))
    return lines


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            contents = file.read(_LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path}: {reason_of(error)}") from None
    if len(contents) > _LARGEST:
        raise UsageError(f"{path}: it is larger than {_LARGEST // 1_000_000} MB")
    try:
        return contents.decode("utf-16" if contents.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{path}: it is not UTF-8: save it as CSV UTF-8") from None


def _delimiter_of(text: str) -> str:
    first = text.partition("\n")[0]
    if first.startswith("sep=") and len(first) > 4:
        return first[4]
    return max(",;\t", key=first.count)
