"""Right and different ways of writing each stage: every suite must pass them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from grader.calls.stage_modules import reference_modules
from grader.kata import Kata
from grader.stage import Stage


@dataclass(frozen=True)
class RightWay:
    """One right way: the functions (or constants) it replaces in the reference."""

    name: str
    replaces: dict[str, Any] = field(hash=False)


def right_way(function: str) -> Callable[[Callable[..., Any]], RightWay]:
    """Make another right version of `function` one that its suite must pass."""

    def make(right: Callable[..., Any]) -> RightWay:
        return RightWay(right.__name__, {function: right})

    return make


@cache
def right_ways_of(kata: Kata, stage: Stage) -> tuple[RightWay, ...]:
    """Return the right ways of a stage; none when it has no file of them."""
    path = kata.root / "grader" / "author" / "right_ways" / f"{stage.name}.py"
    if not path.exists():
        return ()
    module = reference_modules(kata.solutions, stage).run_file(path, f"right_ways.{stage.name}")
    return tuple(member for member in vars(module).values() if isinstance(member, RightWay))
