"""Stop code that builds a tensor too large for the call that is being made."""

import contextlib
import sys
from pathlib import Path
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from grader.calls.plain_values import tensors_in
from grader.stages import STAGES

_STAGE_FILES = frozenset(stage.name for stage in STAGES)


class TooLarge(MemoryError):
    """The code handles a tensor with too many entries; the message says how many."""


def no_tensor_of(entries: int | None) -> contextlib.AbstractContextManager[Any]:
    """Raise TooLarge where the code handles a tensor with `entries` entries or more, if limited.

    Handled is what goes into an operation of torch or comes out of it. What an earlier stage does
    inside isn't counted, since it may run in another process; the result that it hands back is.
    """
    return _Watching(entries) if entries else contextlib.nullcontext()


class _Watching(TorchDispatchMode):
    """Looks at the tensors of every operation of torch."""

    def __init__(self, entries: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._entries = entries

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for tensor in tensors_in([list(args), kwargs or {}, result]):
            if _size(tensor) >= self._entries and not _is_inside_an_earlier_stage():
                sizes = " x ".join(map(str, tensor.shape))
                raise TooLarge(f"a tensor of {sizes} = {tensor.numel():,} entries")
        return result

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Keep torch from loading its compiler (over a second) at the first operation."""
        return False


def _size(tensor: torch.Tensor) -> int:
    """Return how many entries a tensor holds in memory: an expanded view holds few, and a part of a
    shared buffer only its own."""
    return min(tensor.numel(), tensor.untyped_storage().nbytes() // tensor.element_size())


def _is_inside_an_earlier_stage() -> bool:
    """Return whether the stage under test has called an earlier one, which is still running."""
    files, frame = [], sys._getframe()
    while frame.f_back:
        frame = frame.f_back
        files.append(Path(frame.f_code.co_filename).stem)
    stages = [file for file in files if file in _STAGE_FILES]
    return len(set(stages)) > 1
