"""How much may be computed to explain one failure.

It is counted and not timed, so that a verdict says the same on every machine, however busy.
"""

from dataclasses import dataclass
from typing import Any

import torch

from grader.calls.recipe import Recipe

_CHEAP = 20_000  # numbers in the arguments of a call that costs twice as much as the smallest


@dataclass
class Effort:
    """Calls of a right or a wrong version that may still be made; small ones cost about a
    millisecond each."""

    left: float

    def spend(self, args: Any) -> bool:
        """Take what a call with these arguments costs; False when too little is left."""
        self.left -= 1 + size_of(args) / _CHEAP
        return self.left >= 0


def size_of(value: Any) -> int:
    """Return about how many numbers and characters there are in a value, or go into its making."""
    if isinstance(value, torch.Tensor):
        return value.numel()
    if isinstance(value, dict):
        return sum(map(size_of, value.values()))
    if isinstance(value, (list, tuple)):
        return sum(map(size_of, value))
    if isinstance(value, Recipe):
        return size_of(value.args)
    return len(value) if isinstance(value, (str, bytes)) else 1
