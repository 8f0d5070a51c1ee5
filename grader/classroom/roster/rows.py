"""Make people of a roster's rows, and say which rows are none, or damaged."""

import re
from collections.abc import Iterable, Sequence

from grader.classroom.roster.columns import meaning_of
from grader.classroom.roster.read_table import Row
from grader.classroom.roster.students import Student
from grader.classroom.submission_names import printable, words_of

_POINTS_ROW = "points possible"  # below the header of a Canvas export
_LOST = re.compile("[?\ufffd]")  # what is left of letters that an encoding doesn't have
_NOBODYS = (None, "group", "role")  # meanings of columns that identify nobody
_PEOPLE = re.compile(
    r"students?|people|persons?|studierende[nr]?|studenten|teilnehmer(?: innen)?|personen"
    r"|étudiants?|personnes|estudiantes|alumnos|personas"
)
_TOTAL = re.compile(
    r"(?:total|summe|gesamt|insgesamt|anzahl|gesamtzahl|somme|effectif)"
    rf"(?: (?:of|der|de|d|total))?(?: (?:{_PEOPLE.pattern}))?"
)
_TOTAL_IN_CHINESE = re.compile(r"(?:合计|合計|总计|總計|总数|總數|总人数|共)[\s:：]*\d*\s*[人名]?")


def people_in(titles: Sequence[str], rows: Iterable[Row]) -> tuple[list[Student], list[str]]:
    """Return a student for each row that is somebody's, and notes about the others.

    Every row with a name or an id is somebody's, however damaged it is, except for a total.
    """
    people: list[Student] = []
    totals: list[str] = []
    nobodys: list[str] = []
    too_long: list[str] = []
    meanings = meaning_of(tuple(titles))
    for row in rows:
        cells = [cell.strip() for cell in row[: len(titles)]]
        cells += [""] * (len(titles) - len(cells))
        one = Student(dict(zip(titles, cells, strict=True)))
        filled = [cell for cell in cells if cell]
        is_of_canvas = words_of(one.name) == _POINTS_ROW
        if not filled or is_of_canvas or cells == [title.strip() for title in titles]:
            continue
        telling = [
            cell
            for cell, meaning in zip(cells, meanings, strict=True)
            if cell and meaning not in _NOBODYS
        ]
        if _is_total(telling, filled, len(titles)):
            totals.append(filled[0])
        elif words_of(one.name) or _LOST.search(one.name):
            people.append(one)
            too_long += [one.name] if any(map(str.strip, row[len(titles) :])) else []
        elif telling:
            nobodys.append(filled[0])
    notes = [
        _note(totals, "row has a total and nobody's name", "rows have totals and nobody's name"),
        _note(nobodys, "row has no name and no usable ID", "rows have no name and no usable ID"),
        _note(
            too_long,
            "row has more cells than there are titles",
            "rows have more cells than there are titles",
            "put quotes around a name with a comma",
        ),
        *_damages(people),
    ]
    return people, list(filter(None, notes))


def _is_total(telling: Sequence[str], filled: Sequence[str], columns: int) -> bool:
    """Return whether a row is a total, such as `Total: 40 students`.

    Args:
        telling: its cells that would identify a person.
        filled: all its cells that aren't empty.
        columns: how many cells each row may have.
    """
    numbers = [cell for cell in filled if cell.isdigit()]
    if len(telling) != 1 or telling[0] in numbers or len(numbers) + 1 != len(filled):
        return False
    words = words_of(telling[0]).split()
    text = " ".join(word for word in words if not word.isdigit())
    counts = [*numbers, *filter(str.isdigit, words)]
    if _TOTAL_IN_CHINESE.fullmatch(telling[0]) or _TOTAL.fullmatch(text):
        return columns > 1 or bool(counts)
    return bool(_PEOPLE.fullmatch(text) and counts)


def _damages(people: Sequence[Student]) -> list[str]:
    lost = [name for one in people for name in one.names[:1] if _LOST.search(name)]
    rounded = [one.rounded[0] for one in people if one.rounded]
    return [
        _note(lost, "name has lost letters", "names have lost letters", "save it as CSV UTF-8"),
        _note(
            rounded,
            "row has a number that a spreadsheet has rounded, so it was not used",
            "rows have numbers that a spreadsheet has rounded, so they were not used",
            "export the column as text",
        ),
    ]


def _note(found: Sequence[str], one: str, many: str, advice: str = "") -> str:
    """Return a sentence about rows, with the first of them; '' if there are none."""
    if not found:
        return ""
    what = f"1 {one}: " if len(found) == 1 else f"{len(found)} {many}, such as "
    return what + printable(found[0]) + (f" ({advice})" if advice else "")
