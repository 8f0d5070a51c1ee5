"""How a test ends when it does not pass."""

from typing import Any


class Failure(AssertionError):
    """A test fails; the message is what the learner reads."""


def failure(call: str, problem: str) -> Failure:
    """Make a failure that says in its first line what is wrong, then what was called, then more."""
    headline, _, details = problem.partition("\n")
    lines = [headline, f"called: {call}", details]
    return Failure("\n".join(line for line in lines if line))


class NotStarted(Exception):
    """A test cannot say anything yet: a function it needs is still a stub."""


class Unavailable(Exception):
    """A test needs files that are not here; the message says which."""


def require(truth: Any, message: str) -> None:
    """Fail with `message` unless `truth` holds."""
    __tracebackhide__ = True
    if not truth:
        raise Failure(message)
