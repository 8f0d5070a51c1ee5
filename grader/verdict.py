"""The results of grading, as plain data that every report starts from."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from grader.language import tr_n

TestOutcome = Literal["passed", "failed", "skipped", "error"]
Status = Literal["passed", "failed", "in_progress", "not_started", "error"]


@dataclass(frozen=True)
class Located:
    """Where a failure without a known mistake leaves the right way.

    That is the learner's line, the last value that was right, the first that was wrong, and how it
    relates to the expected one.
    """

    line: int | None = None
    right_until: str | None = None
    first_wrong: str | None = None
    relation: str | None = None
    text: str = ""  # the same in sentences; empty if the message already says it


@dataclass(frozen=True)
class TestVerdict:
    """The verdict on one test.

    `message` is empty if the test passed. `mistake` is the name of the known mistake that explains
    the failure, `mistakes` are two that explain it together, and `explanation` is what the learner
    reads about it.
    """

    name: str
    function: str
    outcome: TestOutcome
    points: int
    max_points: int
    message: str = ""
    mistake: str | None = None
    explanation: str = ""
    unavailable: bool = False  # skipped because files are missing, not because of a stub
    hidden: bool = False  # one of a teacher's tests: learners see only its name and points
    mistakes: tuple[str, ...] = ()
    located: Located | None = None

    __test__ = False  # pytest would take the name for a test class

    @property
    def is_wrong(self) -> bool:
        return self.outcome in ("failed", "error")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the known mistakes that explain it."""
        return self.mistakes or tuple(filter(None, [self.mistake]))

    @property
    def is_explained(self) -> bool:
        """Whether anything is known about why it failed.

        If the message alone says it, such as by the line that raised, `located` is set.
        """
        return bool(self.names or self.explanation or self.located)


@dataclass(frozen=True)
class StageVerdict:
    """The verdict on one stage: its tests, and what its code printed."""

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

    @property
    def remark(self) -> str:
        """What still fails although all points are earned; empty otherwise."""
        if self.status != "failed" or self.points < self.max_points:
            return ""
        return tr_n(
            "{count} test without points still fails",
            "{count} tests without points still fail",
            sum(test.is_wrong for test in self.tests),
        )

    @property
    def unexplained(self) -> tuple[str, ...]:
        """The functions whose failures have no explanation."""
        wrong = [test for test in self.tests if test.is_wrong and not self.import_error]
        explained = {test.function for test in wrong if test.is_explained}
        functions = dict.fromkeys(test.function for test in wrong)
        return tuple(one for one in functions if one not in explained)


@dataclass(frozen=True)
class Report:
    """The result of one `grader check`."""

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


def map_texts(change: Callable[[str], str], test: TestVerdict) -> TestVerdict:
    """Return a test's verdict with `change` applied to every text that may quote the code."""
    located = test.located
    if located is not None:
        located = Located(
            located.line,
            located.right_until and change(located.right_until),
            located.first_wrong and change(located.first_wrong),
            located.relation and change(located.relation),
            change(located.text),
        )
    message, explanation = change(test.message), change(test.explanation)
    return replace(test, message=message, explanation=explanation, located=located)


PUBLISHED = ("name", "outcome", "points", "max_points", "message", "mistake")  # of a test
LOCATED = ("line", "right_until", "first_wrong", "relation")


def stage_as_dict(stage: StageVerdict) -> dict[str, Any]:
    """Return a stage's verdict in the form that `--format json` prints, which must not change."""
    return {
        "stage": stage.number,
        "name": stage.slug,
        "status": stage.status,
        "points": stage.points,
        "max_points": stage.max_points,
        "tests": [_test_as_dict(test) for test in stage.tests],
    }


def _test_as_dict(test: TestVerdict) -> dict[str, Any]:
    located = test.located and {key: getattr(test.located, key) for key in LOCATED}
    return {
        **{key: getattr(test, key) for key in PUBLISHED},
        "mistakes": list(test.mistakes) or None,
        "located": located if located and any(located.values()) else None,
    }
