"""Canvas's import of a gradebook from a CSV file, as its source has it.

Source: lib/gradebook_importer.rb of github.com/instructure/canvas-lms, in commit 00b222d77ee4:
`semicolon_delimited?`, `csv_stream` with its converters, `row_has_student_headers?`,
`update_column_count`, `process_pp`, `process_student`, `process_submissions`.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class CanvasUser:
    """A student of the course."""

    id: int
    name: str
    sortable_name: str
    sis_user_id: str = ""
    login_id: str = ""


@dataclass
class CanvasImport:
    """Who gets which grade; `unknown` are the names that the teacher is asked about."""

    grades: dict[int, str] = field(default_factory=dict)
    points_possible: str = ""
    title: str = ""
    unknown: list[str] = field(default_factory=list)
    aborted: str = ""


def import_grades(contents: bytes, users: Sequence[CanvasUser]) -> CanvasImport:
    """Import a file whose last column is an assignment.

    Args:
        contents: the file, in UTF-8.
        users: the students of the course, in the order of their ids.
    """
    done = CanvasImport()
    text = contents.decode("utf-8")  # a mark at its beginning stays in the first title
    rows = [list(map(_converted, row)) for row in csv.reader(io.StringIO(text), strict=True)]
    if _is_semicolon(text.splitlines(keepends=True)[:3]):
        return CanvasImport(aborted="read with semicolons")
    head = rows[0]
    if not (len(head) > 3 and "Student" in head[0] and "ID" in head[1]):
        return CanvasImport(aborted="invalid header row")
    columns, sis, login = _columns(head)
    if "Section" not in head[columns - 1]:
        return CanvasImport(aborted="invalid header row")
    done.title = head[columns]
    for row in rows[1:]:
        if re.fullmatch("[;, ]+", ",".join(row)):
            continue
        if "Points Possible" in row[0]:
            done.points_possible = row[columns]
            continue
        found = _student(row, users, sis, login)
        if found is None:
            done.unknown.append(row[0])
        else:
            done.grades[found] = row[columns].strip()
    return done


def _columns(head: Sequence[str]) -> tuple[int, int | None, int | None]:
    """Return how many columns describe a student, and which have the two ids."""
    if re.search(r"SIS\s+Login\s+ID", head[2]):
        return 4, None, 2
    if re.search(r"SIS\s+User\s+ID", head[2]) and re.search(r"SIS\s+Login\s+ID", head[3]):
        return 5 + bool(re.search(r"Integration\s+ID", head[4])), 2, 3
    return 3, None, None


def _student(
    row: Sequence[str], users: Sequence[CanvasUser], sis: int | None, login: int | None
) -> int | None:
    number = re.match(r"\s*(\d+)", row[1])  # Ruby's to_i
    if row[1].strip():
        for user in users:
            if user.id == (int(number[1]) if number else 0):
                return user.id
    for place, attribute in ((sis, "sis_user_id"), (login, "login_id")):
        if place is not None and row[place].strip():
            for user in users:
                if getattr(user, attribute) == row[place]:
                    return user.id
    for user in users:
        if row[0] in (user.name, user.sortable_name):
            return user.id
    return None


def _converted(cell: str) -> str:
    if not re.fullmatch("-?[0-9.,]+%?", cell):
        return cell
    parts = re.sub("[.,]+$", "", cell)  # Ruby's split drops empty parts at the end
    *front, last = re.split("[,.]", parts)
    return f"{''.join(front)}.{last}" if front else last


def _is_semicolon(lines: Sequence[str]) -> bool:
    counts = {}
    for separator in ";,":
        found = {len(next(csv.reader([line], delimiter=separator), [])) for line in lines}
        counts[separator] = found.pop() if len(found) == 1 else 0
    return counts[";"] > counts[","]
