"""Read the small CSV files in which a teacher writes down weights, late days and overrides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.classroom.grades.people import PersonLine
from grader.classroom.roster.read_table import read_table
from grader.classroom.submission_names import printable
from grader.errors import UsageError


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
    name = printable(path.name)
    rows = read_table(path, lambda row: len({*_titles_of(row)} & {*titles})).rows
    found = _titles_of(rows[0]) if rows else []
    places = {title: found.index(title) for title in titles if title in found}
    for names in needed:
        if not places.keys() & {*names}:
            raise UsageError(
                f"{name}: it has no column {' or '.join(names)}: its first line must name its "
                f"columns, such as {example}"
            )
    lines = []
    for number, row in enumerate(rows[1:], 2):
        cells = dict(enumerate(cell.strip() for cell in row))
        if any(map(str.strip, row[len(found) :])) and len(found) - 1 in places.values():
            raise UsageError(
                f"{name}, line {number}: it has more cells than there are titles: put quotes "
                'around a text with a comma, such as "Liskov, Barbara"'
            )
        if any(cells.values()):
            values = {title: cells.get(places.get(title, -1), "") for title in titles}
            others = (cell for at, cell in cells.items() if cell and at not in places.values())
            lines.append(Line(f"{name}, line {number}", values, tuple(others)))
    return lines


def _titles_of(row: Sequence[str]) -> list[str]:
    return [cell.strip().casefold() for cell in row]
