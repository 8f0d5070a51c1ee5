"""How a test ends when it does not pass."""

from typing import Any


class Failure(AssertionError):
    """A test fails; the message is what the learner reads."""


class NotStarted(Exception):
    """A test cannot say anything yet: a function it needs is still a stub."""


class Unavailable(Exception):
    """A test needs files that are not here; the message says which."""


def require(truth: Any, message: str) -> None:
    """Fail with `message` unless `truth` holds."""
    __tracebackhide__ = True
    if not truth:
        raise Failure(message)
