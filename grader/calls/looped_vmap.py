"""Let `torch.vmap` loop over rows: each row's values are then plain.

Some code can't run on all rows at once, because it looks at a tensor's values, as `.item()` and
`if x > 0` do. Row by row it is right, and what it computes can be recorded.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch

from grader.calls.plain_values import map_tensors, tensors_in

_VMAP = torch.vmap


@contextmanager
def rows_one_by_one(*modules: ModuleType) -> Iterator[None]:
    """Replace `torch.vmap` and `torch.func.vmap` in the body, also under the names by which
    `modules` have imported them."""
    places = [(vars(one), name) for one in (torch, torch.func, *modules) for name in vars(one)]
    replaced = [(names, name) for names, name in places if names[name] is _VMAP]
    for names, name in replaced:
        names[name] = looped
    try:
        yield
    finally:
        for names, name in replaced:
            names[name] = _VMAP


def looped(
    function: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0, **_: Any
) -> Callable[..., Any]:
    """Return a function that does what `torch.vmap(function)` does, one row after another.

    The dimensions may be given as numbers, or as a tuple of one number or None for each argument or
    result.
    """

    def run(*args: Any, **named: Any) -> Any:
        dims = in_dims if isinstance(in_dims, (tuple, list)) else [in_dims] * len(args)
        pairs = list(zip(args, dims, strict=True))
        mapped = [(arg, dim) for arg, dim in pairs if dim is not None]
        mapped += [(arg, 0) for arg in named.values()]
        (count, *_) = (tensor.shape[dim] for arg, dim in mapped for tensor in tensors_in(arg))
        rows = [
            function(
                *(_row(arg, dim, at) for arg, dim in pairs),
                **{name: _row(arg, 0, at) for name, arg in named.items()},
            )
            for at in range(count)
        ]
        return _stacked(rows, out_dims)

    return run


def _row(value: Any, dim: int | None, at: int) -> Any:
    return value if dim is None else map_tensors(lambda one: one.select(dim, at), value)


def _stacked(rows: Sequence[Any], dims: Any) -> Any:
    first = rows[0]
    if isinstance(first, torch.Tensor):
        return torch.stack(list(rows), dims)
    if isinstance(first, dict):
        return {key: _stacked([row[key] for row in rows], dims) for key in first}
    each = dims if isinstance(dims, tuple) else [dims] * len(first)
    columns = zip(zip(*rows, strict=True), each, strict=True)
    return type(first)(_stacked(column, dim) for column, dim in columns)
