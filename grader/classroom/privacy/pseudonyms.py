"""Pseudonyms of people, and the key that says who they are."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from grader.classroom.exports.csv_text import BOM, Row, as_csv
from grader.classroom.grades.tables import read_lines
from grader.classroom.hand_in import IdKind
from grader.classroom.privacy.known_people import KnownPerson
from grader.write_files import write_whole

_KINDS: tuple[IdKind, ...] = get_args(IdKind)
_TITLES = ("pseudonym", "name", *_KINDS)
_HIGHEST = 99_999


@dataclass(frozen=True)
class KeyLine:
    """One line of the key."""

    pseudonym: str
    person: KnownPerson


def read_key(path: Path) -> list[KeyLine]:
    """Read the key of earlier pseudonyms; a file that doesn't exist has none.

    Raises:
        UsageError: if it can't be read, or is something else.
    """
    if not path.exists():
        return []
    lines = []
    for line in read_lines(path, _TITLES, (("pseudonym",), ("name",)), ",".join(_TITLES)):
        ids = tuple((kind, line.cells[kind]) for kind in _KINDS if line.cells[kind])
        lines.append(KeyLine(line.cells["pseudonym"], KnownPerson((line.cells["name"],), ids)))
    return lines


def write_key(path: Path, key: Iterable[KeyLine]) -> None:
    """Write a key that `read_key` reads, sorted by pseudonym.

    Raises:
        OSError: if it can't be written.
    """
    rows: list[Row] = [[*_TITLES]]
    for line in sorted(key, key=lambda line: line.pseudonym):
        ids = dict(reversed(line.person.ids))  # the first of a kind
        rows.append([line.pseudonym, line.person.names[0], *(ids.get(one, "") for one in _KINDS)])
    write_whole(path, BOM + as_csv(rows))


def with_pseudonyms(people: Sequence[KnownPerson], key: Sequence[KeyLine]) -> list[KeyLine]:
    """Return the line of each person, in order: one of the key, or a new one.

    New pseudonyms are random, so they don't tell the order of the names.
    """
    taken = {line.pseudonym for line in key}
    known, lines = list(key), []
    for person in people:
        line = next((one for one in known if one.person.is_same(person)), None)
        if line is None:
            line = KeyLine(_new(taken), person)
            known.append(line)
            taken.add(line.pseudonym)
        lines.append(line)
    return lines


def _new(taken: set[str]) -> str:
    while (name := f"person-{secrets.randbelow(_HIGHEST):05d}") in taken:
        pass
    return name
