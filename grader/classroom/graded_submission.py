"""One graded submission: what every export starts from, and how to describe it in words."""

from dataclasses import dataclass

from grader.classroom.hand_in import Person
from grader.stages import stage_of
from grader.verdict import StageVerdict, Status

STATUS_WORDS: dict[Status, str] = {
    "passed": "passed",
    "failed": "not right yet",
    "error": "cannot be imported",
    "in_progress": "in progress",
    "not_started": "not started",
}


@dataclass(frozen=True)
class GradedSubmission:
    """The result of one submission."""

    key: str  # names the submission in files; unique in its class
    name: str  # of the student, as people read it
    students: tuple[dict[str, str], ...]  # the roster's columns for each; none without a roster
    seed: int  # of its random inputs
    level: str  # how its code was sandboxed
    verdicts: tuple[StageVerdict, ...]  # one per stage; none if it could not be graded at all
    problems: tuple[str, ...]  # what was wrong with the submission itself, one sentence each
    hand_in: str = ""  # its name in the download, as collected
    hand_in_files: tuple[str, ...] = ()  # the names of its files there, as collected
    people: tuple[Person, ...] = ()  # what the download says about whose it is
    handed_in: str = ""  # when, in ISO 8601, if the download says so
    files: str = ""  # the sha256 of the files that were graded

    @property
    def points(self) -> int:
        return sum(verdict.points for verdict in self.verdicts)

    @property
    def max_points(self) -> int:
        return sum(verdict.max_points for verdict in self.verdicts)

    @property
    def was_graded(self) -> bool:
        return bool(self.verdicts)

    @property
    def stages_passed(self) -> int:
        return sum(verdict.status == "passed" for verdict in self.verdicts)

    @property
    def total(self) -> str:
        """The points in words."""
        return f"{self.points} of {self.max_points} points" if self.was_graded else "not graded"


def stage_title(number: int) -> str:
    """Return a stage's title as people read it: `s09 RMS norm`."""
    return f"s{number:02d} {stage_of(number).title}"


def stage_line(verdict: StageVerdict) -> str:
    """Return one line on how a stage went."""
    points = f"{verdict.points} of {verdict.max_points} points"
    points += f", but {verdict.remark}" if verdict.remark else ""
    return f"{stage_title(verdict.number)}: {STATUS_WORDS[verdict.status]}, {points}"
