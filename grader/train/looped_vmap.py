"""Let `torch.vmap` loop, for code that it can't run on all rows at once.

Such code looks at a tensor's values, as `.item()` and `if x > 0` do, which many rows together don't
have. Row by row it is right.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any
from unittest.mock import patch

import torch

_VMAP = torch.vmap
_REST = {"randomness", "chunk_size"}  # options of torch.vmap that a loop doesn't need


@contextmanager
def looping_vmap(module: ModuleType) -> Iterator[None]:
    """Replace `torch.vmap` by a loop, also under the name that a module has imported it by."""
    with ExitStack() as stack:
        for owner in (torch, torch.func):
            stack.enter_context(patch.object(owner, "vmap", looped))
        for name, value in list(vars(module).items()):
            if value is _VMAP:
                stack.enter_context(patch.dict(vars(module), {name: looped}))
        yield


def looped(
    function: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0, **options: Any
) -> Callable[..., Any]:
    """Return a function that does what `torch.vmap(function)` does, one row after another.

    The dimensions may be given as numbers, or as a tuple of one number or None per argument.
    """
    if options.keys() - _REST:
        raise TypeError(f"vmap() got an unexpected option: {', '.join(options.keys() - _REST)}")

    def run(*args: Any, **named: Any) -> Any:
        dims = in_dims if isinstance(in_dims, (tuple, list)) else [in_dims] * len(args)
        mapped = [(arg, dim) for arg, dim in zip(args, dims, strict=True) if dim is not None]
        mapped += [(arg, 0) for arg in named.values()]
        size = mapped[0][0].shape[mapped[0][1]]
        results = []
        for at in range(size):
            own = [
                arg if dim is None else arg.select(dim, at)
                for arg, dim in zip(args, dims, strict=True)
            ]
            results.append(function(*own, **{name: arg[at] for name, arg in named.items()}))
        if isinstance(results[0], tuple):
            parts = zip(*results, strict=True)
            ends = out_dims if isinstance(out_dims, tuple) else [out_dims] * len(results[0])
            return tuple(torch.stack(part, end) for part, end in zip(parts, ends, strict=True))
        return torch.stack(results, out_dims)

    return run
