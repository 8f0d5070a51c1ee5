"""What came of grading: plain data that every report starts from."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

TestOutcome = Literal["passed", "failed", "skipped", "error"]
Status = Literal["passed", "failed", "in_progress", "not_started", "error"]


@dataclass(frozen=True)
class TestVerdict:
    """The verdict on one test. `message` is empty if it passed; `mistake` is the name of the known
    mistake, if any, and `explanation` its text."""

    name: str
    function: str
    outcome: TestOutcome
    points: int
    max_points: int
    message: str = ""
    mistake: str | None = None
    explanation: str = ""
    unavailable: bool = False  # skipped for files that are not here, not for a stub
    hidden: bool = False  # a teacher's hidden test: learners see only its name and points

    __test__ = False  # not a test class, whatever pytest thinks of its name


@dataclass(frozen=True)
class StageVerdict:
    """One stage: its tests, and what its code printed."""

    number: int
    slug: str
    tests: tuple[TestVerdict, ...]
    printed: str = ""
    import_error: bool = False

    @property
    def points(self) -> int:
        return sum(test.points for test in self.tests)

    @property
    def max_points(self) -> int:
        return sum(test.max_points for test in self.tests)

    @property
    def status(self) -> Status:
        outcomes = Counter(test.outcome for test in self.tests if not test.unavailable)
        if self.import_error:
            return "error"
        if outcomes["failed"] or outcomes["error"]:
            return "failed"
        if not outcomes["skipped"]:
            return "passed"
        return "in_progress" if outcomes["passed"] else "not_started"


@dataclass(frozen=True)
class Report:
    """Everything that one `grader check` found out."""

    seed: int
    target: str
    stages: tuple[StageVerdict, ...]

    @property
    def points(self) -> int:
        return sum(stage.points for stage in self.stages)

    @property
    def max_points(self) -> int:
        return sum(stage.max_points for stage in self.stages)

    @property
    def passed(self) -> bool:
        return all(stage.status == "passed" for stage in self.stages)


PUBLISHED = ("name", "outcome", "points", "max_points", "message", "mistake")  # of a test


def stage_as_dict(stage: StageVerdict) -> dict[str, Any]:
    """Return a stage's verdict in the form that `--format json` prints (a fixed contract)."""
    return {
        "stage": stage.number,
        "name": stage.slug,
        "status": stage.status,
        "points": stage.points,
        "max_points": stage.max_points,
        "tests": [{key: getattr(test, key) for key in PUBLISHED} for test in stage.tests],
    }
