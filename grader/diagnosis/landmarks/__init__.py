"""The values on the way to a stage's right results, in order, with words for each.

A file has the name of its stage, and a function in it has the name of the stage's function whose
values it yields. Code that works differently may reach none of them.
"""

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from grader.module_named_after import module_named_after
from grader.stage import Stage


@dataclass(frozen=True)
class Landmark:
    """A value on the way.

    Independent computations are on separate branches: a landmark builds on those before it that are
    on its own branch, or on branches below it, as `0/q` and `0/k` are below `0`. A landmark without
    a branch builds on all of them.
    """

    words: str
    value: Any
    branch: str = ""

    def builds_on(self, earlier: "Landmark") -> bool:
        return f"{earlier.branch}/".startswith(f"{self.branch}/") or not self.branch


Landmarks = Iterator[Landmark]


def landmarks_of(stage: Stage, function: str, args: tuple[Any, ...]) -> Landmarks:
    """Yield the landmarks of a call; none if the stage has no file of them."""
    if importlib.util.find_spec(f"{__name__}.{stage.name}") is None:
        return
    found = getattr(module_named_after(stage, __name__), function, None)
    if found is not None:
        yield from found(*args)
