"""torch.vmap as a loop over the rows, while code is recorded: then each row's values are plain."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from grader.calls.plain_values import map_tensors


@contextmanager
def rows_one_by_one() -> Iterator[None]:
    """Replace `torch.vmap` and `torch.func.vmap` in the body."""
    kept = torch.vmap, torch.func.vmap
    looped: Any = _looped
    torch.vmap = torch.func.vmap = looped
    try:
        yield
    finally:
        torch.vmap, torch.func.vmap = kept


def _looped(
    function: Callable[..., Any], in_dims: Any = 0, out_dims: int = 0, *_: Any, **__: Any
) -> Callable[..., Any]:
    def mapped(*args: Any, **kwargs: Any) -> Any:
        dims = in_dims if isinstance(in_dims, tuple) else (in_dims,) * len(args)
        pairs = list(zip(args, dims, strict=True))
        (count, *_) = (
            arg.shape[dim]
            for arg, dim in pairs
            if isinstance(arg, torch.Tensor) and dim is not None
        )
        rows = [
            function(*(_row(arg, dim, index) for arg, dim in pairs), **kwargs)
            for index in range(count)
        ]
        return _stacked(rows, out_dims)

    return mapped


def _row(value: Any, dim: int | None, index: int) -> Any:
    return value if dim is None else map_tensors(lambda one: one.select(dim, index), value)


def _stacked(rows: Sequence[Any], dim: int) -> Any:
    first = rows[0]
    if isinstance(first, torch.Tensor):
        return torch.stack(list(rows), dim)
    if isinstance(first, dict):
        return {key: _stacked([row[key] for row in rows], dim) for key in first}
    return type(first)(_stacked(column, dim) for column in zip(*rows, strict=True))
