"""What the graded suites in `tests/` are written with."""

from grader.student.recipe import shared
from grader.suite.compare import fails, runs_on_meta, same, same_each
from grader.suite.difference import Tolerance
from grader.suite.failure import Failure, NotStarted, Unavailable, require
from grader.suite.marks import grades
from grader.suite.rng import Rng

__all__ = [
    "Failure",
    "NotStarted",
    "Rng",
    "Tolerance",
    "Unavailable",
    "fails",
    "grades",
    "require",
    "runs_on_meta",
    "same",
    "same_each",
    "shared",
]
