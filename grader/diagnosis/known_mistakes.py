"""Known mistakes: runnable code, a name, and what to tell the learner who makes it."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from grader.calls.stage_modules import reference_modules
from grader.kata import Kata
from grader.stage import Stage


@dataclass(frozen=True)
class Mistake:
    """One way to get a stage wrong.

    Attributes:
        name: the identifier that reports carry, such as `eps_outside_sqrt`.
        title: the mistake in one line.
        explanation: two or three sentences for the learner, without giving the line away.
        replaces: what the wrong code stands for, by name: functions, or constants.
        like: the name of another mistake that is the same slip seen from elsewhere; when both
            explain an output, the first of the file is named.
    """

    name: str
    title: str
    explanation: str
    replaces: dict[str, Any] = field(hash=False)
    like: str | None = None

    @property
    def text(self) -> str:
        """What a verdict says of it."""
        return f"This is a known mistake: {self.title}.\n{self.explanation}"


def mistake(
    function: str, title: str, like: str | None = None
) -> Callable[[Callable[..., Any]], Mistake]:
    """Make a wrong version of `function` a known mistake; its docstring is the explanation."""

    def make(wrong: Callable[..., Any]) -> Mistake:
        explanation = " ".join(inspect.cleandoc(wrong.__doc__ or "").split())
        return Mistake(wrong.__name__, title, explanation, {function: wrong}, like)

    return make


def wrong_constant(constant: str, name: str, title: str, explanation: str, value: Any) -> Mistake:
    """Make a wrong value of `constant` a known mistake."""
    return Mistake(name, title, " ".join(explanation.split()), {constant: value})


@cache
def mistakes_of(kata: Kata, stage: Stage) -> tuple[Mistake, ...]:
    """Return the known mistakes of a stage in the order of its file; none for s20.

    Raises:
        OSError: if the file is missing.
        whatever the file raises when it is run.
    """
    if not stage.has_code:
        return ()
    space = reference_modules(kata.solutions)
    module = space.run_file(kata.mistakes(stage), f"mistakes.{stage.name}")
    return tuple(member for member in vars(module).values() if isinstance(member, Mistake))
