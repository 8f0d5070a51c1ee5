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
        """Write what is called with which arguments the way a request has it."""
        calls = []
        for args in batch:
            recipes: list[list[Any]] = []
            if callee.made is not None:
                self._tell(callee.made, recipes)
            calls.append([recipes, [self._argument(arg, recipes) for arg in args]])
        made = callee.made.number if callee.made else None
        return {"callee": [callee.name, callee.method, made], "calls": calls}

    def _argument(self, value: Any, recipes: list[list[Any]]) -> bytes | int:
        if isinstance(value, Recipe):
            self._tell(value, recipes)
            return value.number
        return pack(value)

    def _tell(self, recipe: Recipe, recipes: list[list[Any]]) -> None:
        """Add a recipe that the other side does not know yet, and those it needs, to a request."""
        if recipe.number not in self._known:
            if recipe.maker == "value":
                needs: list[bytes | int] = [_packed(recipe)]
            else:
                needs = [self._argument(arg, recipes) for arg in recipe.args]
            recipes.append([recipe.number, recipe.maker, needs])
            self._known.add(recipe.number)


@lru_cache(maxsize=16)
def _packed(shared: Recipe) -> bytes:
    """Pack shared data once, however many workers and mistakes it is sent to."""
    return pack(shared.args[0])
