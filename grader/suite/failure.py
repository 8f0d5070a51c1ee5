"""The ways in which a test can end without passing."""

from dataclasses import replace
from typing import Any

from grader.diagnosis.evidence import WrongValue
from grader.language import tr
from grader.verdict import Located


class Failure(AssertionError):
    """A test fails; the message is what the learner reads.

    It carries what is already known about where and why, or the wrong value to be examined later.
    """

    located: Located | None = None
    wrong: WrongValue | None = None


def failure(
    call: str, problem: str, located: Located | None = None, wrong: WrongValue | None = None
) -> Failure:
    """Return a failure whose message says what is wrong, then what was called if anything was, then
    the details."""
    headline, _, details = problem.partition("\n")
    lines = [headline, tr("called: {call}", call=call) if call else "", details]
    made = Failure("\n".join(line for line in lines if line))
    if located and located.relation:  # it may be published as JSON, which takes no subclass
        located = replace(located, relation=str(located.relation))
    made.located, made.wrong = located, wrong
    return made


class NotStarted(Exception):
    """A test can't be run yet: a function it needs is still a stub."""


class Unavailable(Exception):
    """A test needs files that are missing here; the message says which."""


def require(truth: Any, message: str, **values: object) -> None:
    """Fail with `message`, which may have `values` for its `{names}`, unless `truth` is true."""
    __tracebackhide__ = True
    if not truth:
        raise Failure(tr(message, **values))
