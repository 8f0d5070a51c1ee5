"""What the call server is asked, written so that a recipe's data is sent to it once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from grader.calls.packing import pack
from grader.calls.recipe import Recipe


@dataclass(frozen=True)
class Callee:
    """What is called: a function, a constant's method, or a method of what a recipe makes."""

    name: str
    method: str | None = None
    made: Recipe | None = None

    @property
    def shown(self) -> str:
        return f"{self.name}.{self.method}" if self.method else self.name


class RequestWriter:
    """Writes requests for one call server, and knows which recipes that one has already."""

    def __init__(self) -> None:
        self._known: set[int] = set()

    def calls(self, callee: Callee, batch: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
        """Write what is called with which arguments, and the recipes that this takes."""
        recipes: list[list[Any]] = []
        made = self._argument(callee.made, recipes) if callee.made else None
        calls = [[self._argument(arg, recipes) for arg in args] for args in batch]
        return {"callee": [callee.name, callee.method, made], "recipes": recipes, "calls": calls}

    def _argument(self, value: Any, recipes: list[list[Any]]) -> bytes | int:
        """Write an argument; a recipe that is new to the other side comes after those it needs."""
        if not isinstance(value, Recipe):
            return pack(value)
        if value.number not in self._known:
            if value.maker == "value":
                needs: list[bytes | int] = [_packed(value)]
            else:
                needs = [self._argument(arg, recipes) for arg in value.args]
            recipes.append([value.number, value.maker, needs])
            self._known.add(value.number)
        return value.number


@lru_cache(maxsize=16)
def _packed(shared: Recipe) -> bytes:
    """Pack shared data once, however many workers and mistakes it is sent to."""
    return pack(shared.args[0])
