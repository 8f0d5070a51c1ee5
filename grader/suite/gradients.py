"""The comparisons that suites make of gradients."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from grader.calls.recipe import Recipe, gradients, leaf, requiring_gradients, shared
from grader.language import mark, tr
from grader.suite.difference import type_difference, value_difference
from grader.suite.expectations import list_made, made_from
from grader.suite.failure import failure, require
from grader.suite.yours_and_reference import Called

_NO_GRADIENT = mark(
    "no gradient reaches {name}, so training could not change it. Something on the way leaves "
    "torch's graph: .item(), .tolist(), .detach(), .data, NumPy, torch.tensor(...), or a rounded "
    "value."
)
_STILL_REQUIRED = mark(
    "after the call, {name} requires gradients, so torch would record everything that is computed "
    "with it, and keep that in memory."
)


def same_gradients(yours: Called, *args: Any, of: Sequence[int]) -> None:
    """Check that the result of a call has the gradients that the reference's has, with respect to
    the arguments at the places `of` (counted from 0), each a tensor or a dict of tensors."""
    __tracebackhide__ = True
    leaves = {place: leaf(args[place]) for place in of}
    with_leaves = tuple(leaves.get(place, arg) for place, arg in enumerate(args))
    recipe = gradients(Recipe(yours.callee.name, with_leaves), list(leaves.values()))
    shown = tuple(made_from(arg) for arg in args)
    got = list_made(yours, recipe, shown)
    expected = yours.reference.follow(recipe)
    if not got:
        words = tr("it returned no tensor, so nothing has a gradient")
        raise failure(yours.shown(shown), words)
    names = [name for place in of for name in _paths(yours.argument(place), shown[place])]
    for name, one, right in zip(names, got, expected, strict=True):
        if one is None and right is not None:
            raise failure(yours.shown(shown), tr(_NO_GRADIENT, name=name))
        problem = type_difference(one, right) or value_difference(one, right)
        if problem:
            words = tr("the gradient of {name}: {problem}", name=name, problem=problem)
            raise failure(yours.shown(shown), words)


def requires_no_gradients(yours: Called, *args: Any) -> None:
    """Check that after a call, no tensor in its result or in its arguments requires gradients."""
    __tracebackhide__ = True
    kept = [shared(arg) for arg in args]  # so that the very same tensors are looked at again
    result = Recipe(yours.callee.name, tuple(kept))
    answers = list_made(yours, requiring_gradients(result, *kept), args)
    names = list(_paths(tr("the result"), yours.reference.follow(result)))
    for place, arg in enumerate(args):
        names += _paths(yours.argument(place), arg)
    require(len(names) == len(answers), "the result does not have the tensors that it should have")
    for name, requires in zip(names, answers, strict=True):
        if requires:
            raise failure(yours.shown(args), tr(_STILL_REQUIRED, name=name))


def _paths(name: str, value: Any) -> Iterator[str]:
    """Name the tensors in a value, at any depth, in order."""
    if isinstance(value, torch.Tensor):
        yield name
    elif isinstance(value, (dict, list, tuple)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in items:
            yield from _paths(f"{name.removesuffix('`')}[{key!r}]{'`' * name.endswith('`')}", one)
