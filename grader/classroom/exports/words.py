"""How exports call a stage and say how it stands."""

from grader.classroom.graded_submission import GradedSubmission
from grader.stages import stage_of
from grader.verdict import StageVerdict, Status

STATUS_WORDS: dict[Status, str] = {
    "passed": "passed",
    "failed": "not right yet",
    "error": "cannot be imported",
    "in_progress": "in progress",
    "not_started": "not started",
}


def stage_title(number: int) -> str:
    """Call a stage as people do: `s09 RMS norm`."""
    return f"s{number:02d} {stage_of(number).title}"


def total(graded: GradedSubmission) -> str:
    """Say the points of a submission."""
    if not graded.was_graded:
        return "not graded"
    return f"{graded.points} of {graded.max_points} points"


def stage_line(verdict: StageVerdict) -> str:
    """Say in one line how a stage stands."""
    points = f"{verdict.points} of {verdict.max_points} points"
    return f"{stage_title(verdict.number)}: {STATUS_WORDS[verdict.status]}, {points}"
