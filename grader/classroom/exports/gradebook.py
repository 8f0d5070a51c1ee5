"""The gradebook: a row a submission, a column a stage, and the total."""

from collections.abc import Sequence

from grader.classroom.exports.csv_text import as_csv
from grader.classroom.graded_submission import GradedSubmission
from grader.stages import stage_of


def as_gradebook(graded: Sequence[GradedSubmission]) -> str:
    """Write a class as CSV; what could not be graded has no points, and its problems say why."""
    roster = list(dict.fromkeys(column for one in graded for column in one.student))
    numbers = sorted({verdict.number for one in graded for verdict in one.verdicts})
    stages = [stage_of(number).name for number in numbers]
    head = ["submission", "name", *roster, *stages, "total", "of", "seed", "locked down"]
    rows = [_row(one, roster, numbers) for one in graded]
    return as_csv([[*head, "problems"], *rows])


def _row(one: GradedSubmission, roster: Sequence[str], numbers: Sequence[int]) -> list[str | int]:
    points = {verdict.number: verdict.points for verdict in one.verdicts}
    return [
        one.key,
        one.name,
        *(one.student.get(column, "") for column in roster),
        *(points.get(number, "") for number in numbers),
        one.points if one.was_graded else "",
        one.max_points if one.was_graded else "",
        one.seed,
        one.level,
        " ".join(one.problems),
    ]
