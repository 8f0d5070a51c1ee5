"""Arguments that are made where the code runs: objects that do not travel, and large shared data.

A recipe says how a value is made: by one of the builders below, or by a function of the stage
itself. Each side (worker, reference, mistake) follows it once and keeps what came out, so a suite
passes the same recipe to all of them.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

_numbers = itertools.count(1)


@dataclass(frozen=True, eq=False)
class Recipe:
    """How to make a value: the maker's name and its arguments."""

    maker: str
    args: tuple[Any, ...]
    number: int = field(default_factory=lambda: next(_numbers))


@lru_cache(maxsize=64)
def build(recipe: Recipe) -> Any:
    """Follow a recipe that needs none of a stage's functions; the same recipe is followed once."""
    needs = [build(arg) if isinstance(arg, Recipe) else arg for arg in recipe.args]
    return BUILDERS[recipe.maker](*needs)


def shared(value: Any) -> Recipe:
    """Wrap data that many calls use (a vocabulary, a model's weights), so that it is sent once."""
    return Recipe("value", (value,))


def item(recipe: Recipe, index: int) -> Recipe:
    """Take one item of what a recipe makes, such as the weights of `(params, weights)`."""
    return Recipe("item", (recipe, index))


def _build_tokenizer(pattern: str, ranks: dict[bytes, int], special: dict[str, int]) -> Any:
    import tiktoken

    return tiktoken.Encoding(
        name="llama3", pat_str=pattern, mergeable_ranks=ranks, special_tokens=special
    )


BUILDERS: dict[str, Callable[..., Any]] = {
    "value": lambda value: value,
    "tokenizer": _build_tokenizer,
    "item": lambda value, index: value[index],
}
