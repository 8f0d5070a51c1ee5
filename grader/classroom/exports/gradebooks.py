"""The gradebooks of a class: a complete one, and those that Canvas and Moodle import.

They are CSV in which a spreadsheet finds no formulas to run.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from grader.classroom.exports.class_rows import ClassRow, parts_of
from grader.classroom.graded_submission import stage_line
from grader.classroom.grades.points import Points

_CANVAS_IDENTITY = ("ID", "SIS User ID", "SIS Login ID", "Section")
# Where a spreadsheet would begin a formula: at the start of a cell, and after a separator, because
# in half of the world's locales it splits at `;` despite the quotes.
_FORMULA = re.compile("(^|[;,|] *)(?=[-=+@＝＋－＠])")

Cell = str | Points
Row = list[Cell]


def as_gradebook(people: Sequence[ClassRow]) -> str:
    """Return a CSV with one row per person, one column per stage, and the total.

    A submission that was not graded has no points, and its problems say why.
    """
    roster = list(dict.fromkeys(column for person in people for column in person.columns))
    stages = parts_of(people)
    head = ["submission", "name", *roster, *stages, "total", "of", "seed", "locked down"]
    rows: list[Row] = [[*head, "problems", "remarks"]]
    for person in people:
        one = person.result
        columns = [person.columns.get(column, "") for column in roster]
        if one is None:
            nothing = ["" for _ in (*stages, "total", "of", "seed", "level")]
            rows.append(["", person.name, *columns, *nothing, "nothing was handed in", ""])
            continue
        points = person.grade.parts if person.grade else {}
        of = person.grade.max_points if person.grade else ""
        total: Row = [_points(person), of, one.seed, one.level, " ".join(one.problems)]
        of_stages = [_cell(points.get(stage)) for stage in stages]
        rows.append([one.key, person.name, *columns, *of_stages, *total, " ".join(person.remarks)])
    return _as_csv(rows)


def as_canvas(people: Sequence[ClassRow], assignment: str) -> str:
    """Return a CSV of the totals as one assignment for Canvas: Grades, Import.

    Canvas finds a student by ID, then SIS User ID, then SIS Login ID, then by name, so a roster
    exported from Canvas is best. The title of an existing assignment ends with its number in
    parentheses, `Llama 3 kata (1234)`; any other title creates a new one.
    """
    possible = max((one.grade.max_points for one in people if one.grade), default=0)
    head = ["Student", *_CANVAS_IDENTITY, assignment]
    rows: list[Row] = []
    for one in people:
        student = _of_student(one, "Student") or one.name
        identity = (_of_student(one, column) for column in _CANVAS_IDENTITY)
        rows.append([student, *identity, _points(one)])
    # Canvas itself indents this cell, and recognizes the row by it.
    return _as_csv([head]) + f"    Points Possible,,,,,{possible}\n" + _as_csv(rows)


def as_moodle(people: Sequence[ClassRow], item: str) -> str:
    """Return a CSV of the totals as one grade item with feedback for Moodle: Grades, Import, CSV
    file.

    The teacher maps one of the first three columns to a user field, the fourth to the grade item
    and the last to its feedback. Moodle refuses a grade above the item's maximum: set the maximum
    to the total.
    """
    head = ["username", "idnumber", "email", item, "feedback"]
    return _as_csv([head, *(_moodle_row(one) for one in people)])


def _moodle_row(one: ClassRow) -> Row:
    return [
        _of_student(one, "username"),
        _of_student(one, "idnumber", "ID number"),
        _of_student(one, "email", "Email address", "e-mail"),
        _points(one),
        _feedback(one),
    ]


def _feedback(person: ClassRow) -> str:
    one = person.result
    if one is None:
        return "Nothing was handed in"
    unfinished = [stage_line(verdict) for verdict in one.verdicts if verdict.status != "passed"]
    return ". ".join([person.total, *unfinished, *one.problems, *person.remarks])


def _points(person: ClassRow) -> Cell:
    return _cell(person.points)


def _cell(points: Points | None) -> Cell:
    return "" if points is None else points


def _of_student(one: ClassRow, *names: str) -> str:
    """Return the first non-empty roster value in a column with one of these names, or ''.

    Column names are compared without case.
    """
    columns = {column.casefold(): value for column, value in one.columns.items()}
    values = (columns.get(name.casefold(), "") for name in names)
    return next(filter(None, values), "")


def _as_csv(rows: Iterable[Sequence[Cell]]) -> str:
    """Return rows as CSV, with texts that start no formula; numbers stay numbers."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(map(_safe, row) for row in rows)
    return text.getvalue()


def _safe(cell: Cell) -> Cell:
    return _FORMULA.sub(r"\1'", cell) if isinstance(cell, str) else cell
