"""The gradebooks of a class: a complete one, those that Canvas and Moodle import, and what is open.

The complete one has everybody. The others have only people whom their system will find; whoever
is missing there is open, with the reason.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from grader.classroom.exports.csv_text import Cell, Row, as_csv
from grader.classroom.exports.identities import CANVAS as CANVAS_IDS
from grader.classroom.exports.identities import MOODLE as MOODLE_IDS
from grader.classroom.exports.identities import column_of, is_from
from grader.classroom.exports.importable import for_canvas, for_moodle
from grader.classroom.exports.shown_names import with_distinct_names
from grader.classroom.graded_submission import stage_line
from grader.classroom.grades.class_rows import ClassRow, parts_of
from grader.classroom.grades.points import Points
from grader.classroom.hand_in import IdKind
from grader.classroom.submission_names import listed
from grader.report.plain_text import one_line

MOODLE, CANVAS = "moodle.csv", "canvas.csv"
_OWN_IDS: dict[str, IdKind] = {MOODLE: "participant", CANVAS: "canvas"}  # of no other system
_NO_IDS = {
    MOODLE: f"the roster has no {' or '.join(MOODLE_IDS)} that Moodle could find",
    CANVAS: f"the roster has no {' or '.join(CANVAS_IDS)} that Canvas could find",
}
MOST_NAMES = 5  # in a sentence


def as_gradebook(people: Sequence[ClassRow]) -> str:
    """Return a CSV with one row per person, one column per stage, and the total.

    A submission that was not graded has no points, and its problems say why.
    """
    roster, parts = _roster_columns(people), parts_of(people)
    head = ["submission", "name", *roster.values(), *parts, "total", "of", "seed", "locked down"]
    rows: list[Row] = [[*head, "problems", "remarks"]]
    for person in people:
        one = person.result
        columns = [person.columns.get(column, "") for column in roster]
        of_parts = [person.grade.parts.get(part) if person.grade else None for part in parts]
        of = person.grade.max_points if person.grade else None
        how: Row = [one.seed, one.level] if one else ["", ""]
        said = " ".join(one.problems) if one else ""
        if person.is_absent and not person.is_pending:
            said = "nothing was handed in"
        numbers = map(_cell, (*of_parts, person.points, of))
        row = [one.key if one else "", person.name, *columns, *numbers, *how]
        rows.append([*row, said, "; ".join(person.remarks)])
    return as_csv(rows)


def _roster_columns(people: Sequence[ClassRow]) -> dict[str, str]:
    """Return the roster's columns, and their titles in the gradebook.

    A column `name` that says what the gradebook's own says is left out; if it says something else,
    its title is another.
    """
    columns = dict.fromkeys(column for person in people for column in person.columns)
    titles = {column: column for column in columns}
    for column in [one for one in columns if one.casefold() == "name"]:
        said = {(one.columns.get(column, one.name), one.name) for one in people}
        if all(value == name for value, name in said):
            del titles[column]
        else:
            titles[column] = f"{column} (roster)"
    return titles


def as_canvas(people: Sequence[ClassRow], assignment: str) -> str:
    """Return a CSV of the totals as one assignment for Canvas: Grades, Import.

    A roster exported from Canvas is best. The title of an existing assignment ends with its number
    in parentheses, `Llama 3 kata (1234)`; any other title creates a new one.
    """
    importable = for_canvas(people)
    possible = max((one.grade.max_points for one in people if one.grade), default=0)
    head = ["Student", *importable.columns, "Section", assignment]
    times = Counter(map(_canvas_name, people))
    rows: list[Row] = []
    for one, ids in importable.rows:
        student = _canvas_name(one)
        if times[student] > 1:  # Canvas must never look for it
            student += f" ({next(filter(None, ids.values()))})"
        section = column_of(one.columns, "Section")
        identity = (ids[title] for title in importable.columns)
        rows.append([student, *identity, section, _cell(one.points)])
    # Canvas itself indents this cell, and recognizes the row by it.
    return as_csv([head]) + f"    Points Possible,,,,,{possible}\n" + as_csv(rows)


def as_moodle(people: Sequence[ClassRow], item: str) -> str:
    """Return a CSV of the totals as one grade item with feedback for Moodle: Grades, Import, CSV
    file.

    Its first columns are those of username, idnumber and email that every row has; the teacher maps
    one of them to a user field, the next to the grade item, and the last to its feedback. Moodle
    refuses a grade above the item's maximum: set the maximum to the total.
    """
    importable = for_moodle(people)
    rows: list[Row] = [[*importable.columns, item, "feedback"]]
    for one, ids in importable.rows:
        identity = (ids[title] for title in importable.columns)
        rows.append([*identity, _cell(one.points), _feedback(one)])
    return as_csv(rows)


def as_open(people: Sequence[ClassRow], nearest: Mapping[str, Sequence[str]]) -> str:
    """Return a CSV of those who are missing in a course system's gradebook, with the reason.

    Args:
        people: the rows of the class.
        nearest: the names in the roster that look most like a submission's, by its key.
    """
    head = ["submission", "hand-in", "name", "points", "not in", "reason", "nearest in the roster"]
    rows: list[Row] = [[*head]]
    missing = _missing(people)
    for number, row in enumerate(with_distinct_names(people)):
        why = {name: left_out[number] for name, left_out in missing.items() if number in left_out}
        if why:
            one = row.result
            whose = [one.key, one.hand_in or one.name] if one else ["", ""]
            reason = "; ".join(dict.fromkeys(why.values()))
            names = "; ".join(map(one_line, nearest.get(whose[0], ())))
            rows.append([*whose, row.name, _cell(row.points), ", ".join(why), reason, names])
    return as_csv(rows)


def open_lines(people: Sequence[ClassRow], has_roster: bool = False) -> list[str]:
    """Return sentences for the terminal: who is missing in a course system's gradebook.

    Args:
        people: the rows of the class.
        has_roster: whether one was given; it isn't used while names are hidden.
    """
    if people and not any(row.columns for row in people):
        why = " while names are hidden" if has_roster else ": --roster FILE says who is who"
        return [f"{MOODLE} and {CANVAS} are empty{why}"]
    missing, named = _missing(people), with_distinct_names(people)
    unused = [name for name in (MOODLE, CANVAS) if name not in missing and not _own_system(people)]
    files: dict[tuple[int, ...], list[str]] = {}  # by the rows that are missing in them
    for pending in False, True:
        for name, left_out in missing.items():
            some = (number for number in left_out if people[number].is_pending == pending)
            files.setdefault(tuple(some), []).append(name)
    lines = [f"{name} is empty: {_NO_IDS[name]}" for name in unused]
    for numbers, names in files.items():
        rows = [named[number] for number in numbers]
        why = ", because an open submission may be theirs" if any(map(_is_pending, rows)) else ""
        if rows:
            lines.append(f"{counted(rows)} not in {' and '.join(names)}{why}: {names_of(rows)}")
    return lines


def is_anybody_open(people: Sequence[ClassRow]) -> bool:
    """Return whether open.csv has anybody."""
    return any(_missing(people).values())


def names_of(rows: Sequence[ClassRow]) -> str:
    """Return the first few names, and how many more there are."""
    more = f" and {len(rows) - MOST_NAMES} more" if len(rows) > MOST_NAMES else ""
    return listed(row.name for row in rows[:MOST_NAMES]) + more


def counted(rows: Sequence[ClassRow]) -> str:
    """Return how many there are, with the verb."""
    one, many = ("submission is", "submissions are")
    if any(row.is_absent or row.is_pending for row in rows):
        one, many = ("person is", "people are")
    return f"1 {one}" if len(rows) == 1 else f"{len(rows)} {many}"


def _missing(people: Sequence[ClassRow]) -> dict[str, Mapping[int, str]]:
    """Return, for each course system that the class uses, who is missing, by the row's number.

    A class uses the system that its roster or its download is from; if neither is from one, those
    in which there is anybody; and if there is nobody, both.
    """
    if not any(row.columns for row in people):
        return {}
    both = {MOODLE: for_moodle(people), CANVAS: for_canvas(people)}
    used = _own_system(people) or [name for name, one in both.items() if one.rows] or list(both)
    return {name: both[name].left_out for name in used}


def _own_system(people: Sequence[ClassRow]) -> list[str]:
    """Return the files of the systems that the roster or the download is from."""
    return [name for name, kind in _OWN_IDS.items() if any(is_from(row, kind) for row in people)]


def _is_pending(row: ClassRow) -> bool:
    return row.is_pending


def _feedback(person: ClassRow) -> str:
    """Return a student's feedback on one line."""
    one = person.result
    if person.is_absent:
        said = ["Nothing was handed in"] if person.points is None else [person.total]
    elif one is None:  # a row of several runs
        parts = person.grade.parts if person.grade else {}
        counted = (f"{name}: {points}" for name, points in parts.items() if points is not None)
        said = [person.total, *counted]
    else:
        unfinished = [stage_line(verdict) for verdict in one.verdicts if verdict.status != "passed"]
        said = [person.total, *unfinished, *one.problems]
    text = ". ".join([*said, *(remark.rstrip(".") for remark in person.remarks)])
    return text.replace("\\", "/")  # to PHP, a quote after `\` doesn't end the cell


def _cell(points: Points | None) -> Cell:
    return "" if points is None else points


def _canvas_name(one: ClassRow) -> str:
    return column_of(one.columns, "Student") or one.name
