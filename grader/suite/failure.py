"""How a test ends when it does not pass."""

from typing import Any

from grader.diagnosis.evidence import WrongValue
from grader.verdict import Located


class Failure(AssertionError):
    """A test fails; the message is what the learner reads.

    Beside it stands what is known already of where and why, or the wrong value that can be looked
    into.
    """

    located: Located | None = None
    wrong: WrongValue | None = None


def failure(
    call: str, problem: str, located: Located | None = None, wrong: WrongValue | None = None
) -> Failure:
    """Make a failure that says in its first line what is wrong, then what was called, then more."""
    headline, _, details = problem.partition("\n")
    lines = [headline, f"called: {call}", details]
    made = Failure("\n".join(line for line in lines if line))
    made.located, made.wrong = located, wrong
    return made


class NotStarted(Exception):
    """A test cannot say anything yet: a function it needs is still a stub."""


class Unavailable(Exception):
    """A test needs files that are not here; the message says which."""


def require(truth: Any, message: str) -> None:
    """Fail with `message` unless `truth` holds."""
    __tracebackhide__ = True
    if not truth:
        raise Failure(message)
