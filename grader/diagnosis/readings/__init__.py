"""What a learner wants to know first about a stage's wrong result: the first line, chunk, merge,
token or part of a dialog that is wrong.

A file has the name of its stage, and a function in it has the name of the stage's function; the
function for a method of a constant, or of what a function returns, is named like `PATTERN_findall`.
"""

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from grader.calls.outcome import Seen
from grader.calls.request_writer import Callee
from grader.diagnosis.comparing import alike
from grader.diagnosis.text_relations import Pair
from grader.module_named_after import module_named_after
from grader.stage import Stage
from grader.verdict import Located


@dataclass(frozen=True)
class OneCall:
    """A call that returned: its arguments, its result and the expected result."""

    args: tuple[Any, ...]
    got: Any
    expected: Any

    @property
    def pair(self) -> Pair:
        return self.got, self.expected


@dataclass(frozen=True)
class WrongCall:
    """The call that made a test fail, and the other calls of that test."""

    call: OneCall
    find: Callable[[str], Any]  # the reference's functions and constants, by name
    others: Sequence[OneCall] = ()
    seen: Sequence[Seen] = ()  # what the code computed in it
    made_with: tuple[Any, ...] = ()  # for a method: the arguments that its object was made with

    @property
    def args(self) -> tuple[Any, ...]:
        return self.call.args

    @property
    def got(self) -> Any:
        return self.call.got

    @property
    def expected(self) -> Any:
        return self.call.expected

    @property
    def is_wrong(self) -> bool:
        return not alike(self.got, self.expected)

    @property
    def all(self) -> list[OneCall]:
        return [self.call, *self.others]

    @property
    def pairs(self) -> list[Pair]:
        return [one.pair for one in self.all]


Reading = Callable[[WrongCall], Located | None]


def reading_of(stage: Stage, callee: Callee) -> Reading | None:
    """Return the function that reads the wrong results of a callee; None if there is none."""
    if importlib.util.find_spec(f"{__name__}.{stage.name}") is None:
        return None
    name = f"{callee.name}_{callee.method}" if callee.method else callee.name
    found: Reading | None = getattr(module_named_after(stage, __name__), name, None)
    return found


def probes_of(stage: Stage, callee: Callee) -> Sequence[tuple[Any, ...]]:
    """Return arguments for which the code is called once more, because the calls of the tests don't
    tell apart everything that the stage's reading does."""
    if importlib.util.find_spec(f"{__name__}.{stage.name}") is None:
        return []
    probes: dict[str, Sequence[tuple[Any, ...]]]
    probes = getattr(module_named_after(stage, __name__), "PROBES", {})
    return probes.get(callee.shown, [])


def told(*lines: str) -> str:
    """Join the lines of an explanation, without the empty ones."""
    return "\n".join(line for line in lines if line)
