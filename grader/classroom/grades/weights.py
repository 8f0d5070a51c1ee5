"""What each stage counts at most."""

from pathlib import Path

from grader.classroom.grades.points import Points, parse_points
from grader.classroom.grades.tables import read_lines
from grader.errors import UsageError
from grader.stage_names import find_stage


def read_weights(path: Path) -> dict[int, Points]:
    """Read a CSV with the columns `stage` and `points` (or `weight`): points by stage number.

    Raises:
        UsageError: if a line can't be used; the message names it.
    """
    weights: dict[int, Points] = {}
    titles, needed = ("stage", "points", "weight"), (("stage",), ("points", "weight"))
    for line in read_lines(path, titles, needed, "stage,points"):
        number = stage_number(line.cells["stage"], line.where)
        if number in weights:
            raise UsageError(f"{line.where}: stage {number} is there twice")
        weights[number] = points_in(line.cells["points"] or line.cells["weight"], line.where)
    return weights


def stage_number(text: str, where: str) -> int:
    """Return the number of the stage that a cell names.

    Raises:
        UsageError: if there is no such stage.
    """
    try:
        return find_stage(text).number
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from None


def points_in(text: str, where: str) -> Points:
    """Return the points in a cell.

    Raises:
        UsageError: for anything else than a number with at most two decimals.
    """
    points = parse_points(text)
    if points is None:
        raise UsageError(
            f"{where}: {text[:40]!r} is not a number of points: write, for example, 7 or 7.5"
        )
    return points
