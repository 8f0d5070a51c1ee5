"""The tools for writing the graded suites in `tests/`.

A test must not change a tensor in place after passing it to a call: the call may be repeated later
to find out which mistake explains its result. Up to its first failure, a test must ask `reference`
and `rng` for the same things in the same order, whatever `yours` returns, because a handout has no
reference and replays recorded answers.
"""

from grader.calls.recipe import Recipe, item, shared
from grader.suite.difference import Tolerance
from grader.suite.expectations import (
    builds_no_tensor_of,
    equal,
    fails,
    first_items,
    is_mapped,
    read_and_returned,
    runs_on_meta,
    same,
    same_each,
)
from grader.suite.failure import Failure, NotStarted, Unavailable, require
from grader.suite.graded_tests import grades, real
from grader.suite.gradients import requires_no_gradients, same_gradients
from grader.suite.rng import Rng

__all__ = [
    "Failure",
    "NotStarted",
    "Recipe",
    "Rng",
    "Tolerance",
    "Unavailable",
    "builds_no_tensor_of",
    "equal",
    "fails",
    "first_items",
    "grades",
    "is_mapped",
    "item",
    "read_and_returned",
    "real",
    "requires_no_gradients",
    "require",
    "runs_on_meta",
    "same",
    "same_each",
    "same_gradients",
    "shared",
]
