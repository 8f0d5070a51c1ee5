"""Known mistakes: runnable code, a name, and an explanation for the learner who makes it."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from grader.calls.stage_modules import reference_modules
from grader.diagnosis.composition import open_to_others
from grader.kata import Kata
from grader.language import tr
from grader.stage import Stage


@dataclass(frozen=True)
class Mistake:
    """One way to get a stage wrong."""

    name: str  # the identifier that reports carry, such as `eps_outside_sqrt`
    title: str  # one line
    explanation: str  # two or three sentences for the learner, without giving the line away
    replaces: dict[str, Any] = field(hash=False)  # functions or constants, by name
    # Another mistake that is the same slip; if both explain an output, the first is named.
    like: str | None = None

    @property
    def text(self) -> str:
        """What a verdict says if it is the only mistake."""
        return tr(
            "This is a known mistake: {title}.\n{explanation}",
            title=tr(self.title),
            explanation=tr(self.explanation),
        )


Pair = tuple[Mistake, Mistake]


@dataclass(frozen=True)
class Named:
    """The known mistakes named for a failing test."""

    mistake: Mistake  # behind this test; if two are, the first of them
    both: Pair | None = None  # the two behind the function's tests
    together: bool = False  # whether it takes both to explain this test

    @property
    def name(self) -> str:
        return self.mistake.name

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the two; empty if there is only one."""
        return tuple(one.name for one in self.both or ())

    @property
    def text(self) -> str:
        """What a verdict says."""
        if not (self.both and self.together):
            return self.mistake.text
        first, second = (
            tr(
                "{title}. {explanation}",
                title=tr(one.title),
                explanation=tr(beside_another(one.explanation)),
            )
            for one in self.both
        )
        return tr(
            "Two known mistakes together explain this.\nOne: {first}\nTwo: {second}",
            first=first,
            second=second,
        )


_ALL_ELSE_RIGHT = re.compile(
    r"\b((?:Your|The|All) [^.,]{1,40}) (?:is|are) right, but (?:(?:they|it)\b(?!')|(\w))"
)


def beside_another(explanation: str) -> str:
    """Return an explanation without a claim that everything else is right: here it is not."""
    return _ALL_ELSE_RIGHT.sub(
        lambda found: found[2].upper() if found[2] else found[1], explanation
    )


def mistake(
    function: str, title: str, like: str | None = None
) -> Callable[[Callable[..., Any]], Mistake]:
    """Declare a wrong version of `function` a known mistake; its docstring is the explanation."""

    def make(wrong: Callable[..., Any]) -> Mistake:
        explanation = " ".join(inspect.cleandoc(wrong.__doc__ or "").split())
        return Mistake(wrong.__name__, title, explanation, {function: wrong}, like)

    return make


def wrong_constant(constant: str, name: str, title: str, explanation: str, value: Any) -> Mistake:
    """Declare a wrong value of `constant` a known mistake."""
    return Mistake(name, title, " ".join(explanation.split()), {constant: value})


@cache
def mistakes_of(kata: Kata, stage: Stage) -> tuple[Mistake, ...]:
    """Return the known mistakes of a stage in the order of its file; none for s20.

    Raises: OSError if the file is missing, and whatever running it raises.
    """
    if not stage.has_code:
        return ()
    space = reference_modules(kata.solutions, stage)
    module = space.run_file(kata.mistakes(stage), f"mistakes.{stage.name}")
    right = vars(space.module(stage.number))
    for function in stage.functions:
        if function.name in vars(module):
            setattr(module, function.name, open_to_others(function.name, right[function.name]))
    return tuple(member for member in vars(module).values() if isinstance(member, Mistake))
