"""Arguments that are made where the code runs: objects that can't be sent, and large shared data.

A recipe says how a value is made: by one of the builders below, or by a function of the stage
itself. Each side (worker, reference, mistake) follows it once and keeps the result, so a suite
passes the same recipe to all of them.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import torch

from grader.calls.plain_values import MOST_DRAWN, map_tensors, tensors_in

_BLOCK = 1_000_003  # a prime, so that no two rows of a matrix have the same numbers

_numbers = itertools.count(1)


@dataclass(frozen=True, eq=False)
class Recipe:
    """How to make a value: the maker's name and its arguments."""

    maker: str
    args: tuple[Any, ...]
    number: int = field(default_factory=lambda: next(_numbers))


@lru_cache(maxsize=64)
def build(recipe: Recipe) -> Any:
    """Return what a recipe that needs no function of a stage makes; each is built once."""
    needs = [build(arg) if isinstance(arg, Recipe) else arg for arg in recipe.args]
    return BUILDERS[recipe.maker](*needs)


def shared(value: Any) -> Recipe:
    """Wrap data that many calls use (a vocabulary, a model's weights), so that it is sent once."""
    return Recipe("value", (value,))


def item(recipe: Recipe, index: int) -> Recipe:
    """Return the recipe for one item of what a recipe makes, such as the weights of
    `(params, weights)`."""
    return Recipe("item", (recipe, index))


def mapped(weights: Recipe, file: str) -> Recipe:
    """Return the recipe for a list of one bool: whether weights are laid out in memory as in their
    file, as they are if the file is mapped."""
    return Recipe("mapped", (weights, file))


def random_weight(shape: tuple[int, ...], seed: int) -> Recipe:
    """Return the recipe for a random float32 weight matrix of shape `(out, in)`. Its standard
    deviation is in ** -0.5, which about preserves the size of vectors."""
    return Recipe("random", (shape, seed))


def zeros(shape: tuple[int, ...]) -> Recipe:
    """Return the recipe for a float32 tensor of zeros."""
    return Recipe("zeros", (shape,))


def in_turns(iterators: list[Recipe], rounds: int) -> Recipe:
    """Return the recipe for a list of `rounds` tuples (fewer if an iterator ends) of one item taken
    from each iterator. Nothing more is taken."""
    return Recipe("in_turns", (rounds, *iterators))


def arrivals(maker: str, items: list[Any]) -> Recipe:
    """Return the recipe for what comes out of a function that reads an iterator over `items`: a
    list of pairs of how many items it had read by then, and what came."""
    source = Recipe("source", (items,))
    return Recipe("arrivals", (Recipe(maker, (source,)), source))


def named(values: dict[str, Any]) -> Recipe:
    """Return the recipe for a dict of values that may be recipes, such as a checkpoint."""
    return Recipe("named", (list(values), *values.values()))


def gradients(result: Recipe, leaves: list[Recipe]) -> Recipe:
    """Return the recipe for a list of the gradients of a result, one for each tensor in what
    `leaf` recipes made; None for a tensor that the result doesn't depend on. The list is empty if
    the result is no tensor."""
    return Recipe("gradients", (result, *leaves))


def requiring_gradients(*values: Any) -> Recipe:
    """Return the recipe for a list of bools: for every tensor in some values, in order, whether it
    requires gradients."""
    return Recipe("requiring_gradients", values)


def leaf(value: Any) -> Recipe:
    """Return the recipe for a copy of a value whose tensors require gradients."""
    return Recipe("leaf", (value,))


def _is_mapped(weights: dict[str, torch.Tensor], file: str) -> list[bool]:
    there = torch.load(file, map_location="cpu", mmap=True, weights_only=True)
    if not all(isinstance(weight, torch.Tensor) for weight in weights.values()):
        return [False]
    apart = [weight.data_ptr() - there[name].data_ptr() for name, weight in weights.items()]
    return [len(set(apart)) == 1]


class _Source(Iterator[Any]):
    """An iterator that counts how many of its items have been taken."""

    def __init__(self, items: list[Any]) -> None:
        self._items, self.taken = iter(items), 0

    def __next__(self) -> Any:
        item = next(self._items)
        self.taken += 1
        return item


def _arrivals(results: Iterator[Any], source: _Source) -> list[tuple[int, Any]]:
    return [(source.taken, result) for result in itertools.islice(results, MOST_DRAWN)]


def _in_turns(rounds: int, *iterators: Iterator[Any]) -> list[tuple[Any, ...]]:
    return list(itertools.islice(zip(*iterators, strict=False), rounds))


def _leaf(value: Any) -> Any:
    return map_tensors(lambda tensor: tensor.detach().clone().requires_grad_(), value)


def _gradients(result: Any, *leaves: Any) -> list[torch.Tensor | None]:
    """Differentiate the sum of a result's entries, each of them counted differently."""
    tensors = [tensor for one in leaves for tensor in tensors_in(one)]
    if not isinstance(result, torch.Tensor):
        return []
    if not result.requires_grad:
        return [None for _ in tensors]
    counted = torch.linspace(0.5, 1.5, result.numel(), dtype=result.dtype).view(result.shape)
    return list(torch.autograd.grad(result, tensors, counted, allow_unused=True))


def _requiring_gradients(*values: Any) -> list[bool]:
    return [tensor.requires_grad for tensor in tensors_in(values)]


def _build_random(shape: tuple[int, ...], seed: int) -> torch.Tensor:
    """Draw a block and repeat it: drawing all 218 million weights of one 8B layer takes seconds."""
    weight = torch.empty(shape)
    flat = weight.view(-1)
    block = torch.randn(_BLOCK, generator=torch.Generator().manual_seed(seed)) * shape[-1] ** -0.5
    for start in range(0, flat.numel(), _BLOCK):
        part = flat[start : start + _BLOCK]
        part.copy_(block[: part.numel()])
    return weight


def _build_tokenizer(pattern: str, ranks: dict[bytes, int], special: dict[str, int]) -> Any:
    import tiktoken

    return tiktoken.Encoding(
        name="llama3", pat_str=pattern, mergeable_ranks=ranks, special_tokens=special
    )


BUILDERS: dict[str, Callable[..., Any]] = {
    "value": lambda value: value,
    "tokenizer": _build_tokenizer,
    "item": lambda value, index: value[index],
    "mapped": _is_mapped,
    "source": _Source,
    "arrivals": _arrivals,
    "in_turns": _in_turns,
    "random": _build_random,
    "zeros": torch.zeros,
    "leaf": _leaf,
    "gradients": _gradients,
    "requiring_gradients": _requiring_gradients,
    "named": lambda names, *values: dict(zip(names, values, strict=True)),
}
