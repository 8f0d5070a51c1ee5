"""Write requests to the call server so that a recipe's data is sent only once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from grader.calls.argument_memory import GraderMemory, MemoryPacker, Placed
from grader.calls.packing import pack
from grader.calls.plain_values import map_tensors
from grader.calls.recipe import Recipe, build


@dataclass(frozen=True)
class Callee:
    """What is called: a function, a method of a constant, or a method of what a recipe makes."""

    name: str
    method: str | None = None
    made: Recipe | None = None

    @property
    def shown(self) -> str:
        return f"{self.name}.{self.method}" if self.method else self.name


class RequestWriter:
    """Writes requests for one call server, and knows which recipes it already has."""

    def __init__(self, memory: GraderMemory | None = None) -> None:
        """Start without recipes; tensors go into `memory` if there is any, or in the request."""
        self._recipes: dict[int, Recipe] = {}  # what the server has, by number
        self._memory = memory
        self._pack = MemoryPacker(memory.put, memory.take).pack if memory else pack
        self._kept: dict[int, list[Placed]] = {}  # where the tensors of shared data are, by recipe
        self._placed: list[list[list[Placed]]] = []  # by call of the last request, by argument

    def calls(self, callee: Callee, batch: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
        """Write what is called with which arguments, and the recipes that are needed."""
        recipes: list[list[Any]] = []
        made = self._argument(callee.made, recipes)[0] if callee.made else None
        written = [[self._argument(arg, recipes) for arg in args] for args in batch]
        calls = [[argument for argument, _ in args] for args in written]
        self._placed = [[placed for _, placed in args] for args in written]
        return {"callee": [callee.name, callee.method, made], "recipes": recipes, "calls": calls}

    def changed(self, call: int) -> set[int]:
        """Return the indices of the arguments of a call of the last request whose tensors were
        changed, and restore these."""
        memory = self._memory
        if memory is None:
            return set()
        found = [[memory.restore(one) for one in placed] for placed in self._placed[call]]
        return {index for index, restored in enumerate(found) if any(restored)}

    def shared(self, number: int) -> Any:
        """Return what the server made of a recipe that it names, as it is there now.

        Raises: KeyError if it has none of this number that the grader can make too.
        """
        recipe, memory = self._recipes[number], self._memory
        if recipe.maker == "tokenizer":
            return build(recipe)
        if recipe.maker != "value" or memory is None:
            raise KeyError(number)
        (value,), kept = recipe.args, self._kept[number]
        if all(memory.is_whole(placed) for placed in kept):
            return value
        now = iter(kept)
        return map_tensors(lambda tensor: memory.copy(next(now), tensor), value)

    def _argument(self, value: Any, recipes: list[list[Any]]) -> tuple[bytes | int, list[Placed]]:
        """Write an argument, and return it with where its tensors are; a recipe that is new to the
        other side comes after those it needs."""
        if not isinstance(value, Recipe):
            return self._written(value)
        if value.number not in self._recipes:
            self._recipes[value.number] = value
            self._kept[value.number] = []
            if value.maker != "value":
                needs = [self._argument(arg, recipes)[0] for arg in value.args]
            elif self._memory:
                data, self._kept[value.number] = self._written(value.args[0])
                needs = [data]
            else:
                needs = [_packed(value)]
            recipes.append([value.number, value.maker, needs])
        return value.number, self._kept[value.number]

    def _written(self, value: Any) -> tuple[bytes, list[Placed]]:
        """Pack a value; return its bytes, and where its tensors are."""
        data = self._pack(value)
        return data, self._memory.placed() if self._memory else []


@lru_cache(maxsize=16)
def _packed(shared: Recipe) -> bytes:
    """Pack shared data once, however many workers it is sent to."""
    return pack(shared.args[0])
