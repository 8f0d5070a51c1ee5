"""Grades that the teacher decides: a person's points, or those of one stage, with a reason."""

from dataclasses import dataclass
from pathlib import Path

from grader.classroom.grades.people import PersonLine
from grader.classroom.grades.points import Points
from grader.classroom.grades.tables import read_lines
from grader.classroom.grades.weights import points_in, stage_number
from grader.errors import UsageError
from grader.report.plain_text import one_line

_LONGEST_REASON = 500  # characters


@dataclass(frozen=True)
class Override:
    """One line of the file."""

    whose: PersonLine
    points: Points
    reason: str
    stage: int | None  # None: the whole grade


def read_overrides(path: Path) -> tuple[Override, ...]:
    """Read a CSV with the columns `points` and `reason`, perhaps `stage`, and who it is about.

    Raises:
        UsageError: if a line can't be used; the message names it.
    """
    overrides = []
    titles, needed = ("points", "reason", "stage"), (("points",), ("reason",))
    for line in read_lines(path, titles, needed, "name,points,reason"):
        reason, stage = one_line(line.cells["reason"]), line.cells["stage"]
        if not reason:
            raise UsageError(f"{line.where}: it has no reason, and students are told the reason")
        number = stage_number(stage, line.where) if stage else None
        points = points_in(line.cells["points"], line.where)
        overrides.append(Override(line.person, points, reason[:_LONGEST_REASON], number))
    return tuple(overrides)
