"""Who can be imported into Moodle's and Canvas's gradebooks without reaching the wrong person.

An importer looks people up, and what it doesn't find it makes up, skips, or gives to somebody else:

- Moodle (grade/import/csv/classes/load_data.php) looks up the one column that the teacher chooses.
  Up to Moodle 5.0, a row without a value there, or with `0`, goes to the person of the row before;
  later, it aborts the import, or goes to the only person of the site who has no value there. So
  moodle.csv has only columns in which every row has a value of its own. Later versions also put a
  `'` before a value that starts with `=`, `+`, `-` or `@`, and then don't find it.
- Canvas (lib/gradebook_importer.rb) looks up the ID, then the SIS User ID, then the SIS Login ID,
  then the name, of which it takes the first in the course. It reads the ID up to the first
  character that is no digit (`17b` is 17), and takes the separators out of what looks like a number
  (`1.2.3` becomes `12.3`).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from grader.classroom.exports.csv_text import starts_formula
from grader.classroom.exports.identities import CANVAS, CANVAS_ID, MOODLE, ids_for
from grader.classroom.grades.class_rows import PENDING, ClassRow
from grader.classroom.hand_in import NOBODYS

Ids = Mapping[str, str]
_NO_MATCH = "no student in the roster matches this submission"
_NUMBER = re.compile(r"-?[0-9.,]+%?")  # what Canvas normalizes
_KEPT = re.compile(r"-?[0-9]*\.?[0-9]+%?")  # and doesn't change by that


@dataclass(frozen=True)
class Importable:
    """The rows of a class that an importer can take, and the others."""

    columns: tuple[str, ...]  # that identify people
    rows: tuple[tuple[ClassRow, Ids], ...]
    left_out: Mapping[int, str]  # why, by the row's number in the class


def for_moodle(people: Sequence[ClassRow]) -> Importable:
    """Return who can be imported into Moodle: with all columns in which everybody matched has a
    value, or else with the one column that has the most."""
    known = [ids_for(MOODLE, row.columns) for row in people]
    shared = _shared(known, _as_mysql_compares)
    ids = _usable(known, _moodle_takes, shared)
    matched = [one for one, row in zip(ids, people, strict=True) if row.columns]
    titles = tuple(MOODLE)
    counts = {title: sum(bool(one[title]) for one in matched) for title in titles}
    best = max(titles, key=lambda title: counts[title])
    columns = tuple(title for title in titles if counts[title] == len(matched)) or (best,)
    missing = f"the roster has no {best} that Moodle could find"
    reasons = [_why_shared(one, (best,)) or missing for one in shared]
    return _sorted_out(people, ids, columns, reasons)


def for_canvas(people: Sequence[ClassRow]) -> Importable:
    """Return who can be imported into Canvas: everybody matched with at least one id."""
    known = [ids_for(CANVAS, row.columns) for row in people]
    shared = _shared(known, str.casefold)
    ids = _usable(known, _canvas_takes, shared)
    columns = tuple(CANVAS)
    missing = f"the roster has no {' or '.join(columns)} that Canvas could find"
    reasons = [_why_shared(one, columns) or missing for one in shared]
    return _sorted_out(people, ids, columns, reasons)


def _sorted_out(
    people: Sequence[ClassRow],
    ids: Sequence[Ids],
    columns: tuple[str, ...],
    reasons: Sequence[str],
) -> Importable:
    """Keep the matched people who have an id in one of the columns, and whose grade is settled.

    Args:
        reasons: why each would be missing without such an id.
    """
    rows, left_out = [], {}
    for number, (row, own) in enumerate(zip(people, ids, strict=True)):
        if not row.columns:
            left_out[number] = _why_unmatched(row)
        elif row.is_pending:  # even an empty grade would take away one that is already there
            left_out[number] = PENDING
        elif any(own[title] for title in columns):
            rows.append((row, own))
        else:
            left_out[number] = reasons[number]
    return Importable(columns, tuple(rows), left_out)


def _why_unmatched(row: ClassRow) -> str:
    problems = row.result.problems if row.result else ()
    return NOBODYS if NOBODYS in problems else " ".join(problems) or _NO_MATCH


def _usable(
    ids: Sequence[Ids], takes: Callable[[str, str], bool], shared: Sequence[Mapping[str, int]]
) -> list[Ids]:
    """Return ids with '' for those that an importer can't use or that several people have."""
    return [
        {
            title: value if value and takes(title, value) and title not in several else ""
            for title, value in one.items()
        }
        for one, several in zip(ids, shared, strict=True)
    ]


def _shared(ids: Sequence[Ids], compared: Callable[[str], str]) -> list[dict[str, int]]:
    """Return how many people have the same id, for each person and title where it is several."""
    times = Counter((title, compared(value)) for one in ids for title, value in one.items())
    return [
        {
            title: times[title, compared(value)]
            for title, value in one.items()
            if value and times[title, compared(value)] > 1
        }
        for one in ids
    ]


def _why_shared(shared: Mapping[str, int], titles: Sequence[str]) -> str:
    title = next((title for title in titles if title in shared), "")
    return f"{shared[title]} people in the roster have the same {title}" if title else ""


def _moodle_takes(_title: str, value: str) -> bool:
    # PHP considers "0" empty, and `\` before a quote doesn't end a cell there.
    return value != "0" and not starts_formula(value) and not set(value) & set('\\"')


def _as_mysql_compares(value: str) -> str:
    """Return a value as MySQL's usual collation sees it, without case and accents."""
    apart = unicodedata.normalize("NFKD", value.casefold())
    return "".join(char for char in apart if not unicodedata.combining(char))


def _canvas_takes(title: str, value: str) -> bool:
    if title == CANVAS_ID:
        return bool(re.fullmatch("[0-9]+", value))
    changed = _NUMBER.fullmatch(value) and not _KEPT.fullmatch(value)
    return not changed and not starts_formula(value)
