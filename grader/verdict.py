"""What came of grading: plain data that every report starts from."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

TestOutcome = Literal["passed", "failed", "skipped", "error"]
Status = Literal["passed", "failed", "in_progress", "not_started", "error"]


@dataclass(frozen=True)
class Located:
    """What is known of a failure that no known mistake explains: the learner's line, the last value
    that was right, the first that was not, and how that relates to the expected one."""

    line: int | None = None
    right_until: str | None = None
    first_wrong: str | None = None
    relation: str | None = None
    text: str = ""  # the same in sentences; empty where the message says it


@dataclass(frozen=True)
class TestVerdict:
    """The verdict on one test. `message` is empty if it passed; `mistake` is the name of the known
    mistake, if any, `mistakes` are two that explain it together, and `explanation` says what is
    known of it."""

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
    mistakes: tuple[str, ...] = ()
    located: Located | None = None

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


LOCATED = ("line", "right_until", "first_wrong", "relation")


def stage_as_dict(stage: StageVerdict) -> dict[str, Any]:
    """Return a stage's verdict in the form that `--format json` prints (a fixed contract)."""
    return {
        "stage": stage.number,
        "name": stage.slug,
        "status": stage.status,
        "points": stage.points,
        "max_points": stage.max_points,
        "tests": [_test_as_dict(test) for test in stage.tests],
    }


def _test_as_dict(test: TestVerdict) -> dict[str, Any]:
    located = test.located
    return {
        **{key: getattr(test, key) for key in PUBLISHED},
        "mistakes": list(test.mistakes) or None,
        "located": located and {key: getattr(located, key) for key in LOCATED},
    }
