"""Limit how much is computed to explain one failure.

The limit counts calls instead of seconds, so that a verdict is the same on every machine, however
busy.
"""

from dataclasses import dataclass
from typing import Any

import torch

from grader.calls.recipe import Recipe

_CHEAP = 20_000  # numbers in the arguments of a call that costs twice as much as the smallest


@dataclass
class Effort:
    """The calls of a right or a wrong version that may still be made; small ones take about a
    millisecond each."""

    left: float

    def spend(self, args: Any) -> bool:
        """Deduct what a call with these arguments costs; return False if too little is left."""
        self.left -= 1 + size_of(args) / _CHEAP
        return self.left >= 0


def size_of(value: Any) -> int:
    """Return about how many numbers and characters a value has, or its recipe."""
    if isinstance(value, torch.Tensor):
        return value.numel()
    if isinstance(value, dict):
        return sum(map(size_of, value.values()))
    if isinstance(value, (list, tuple)):
        return sum(map(size_of, value))
    if isinstance(value, Recipe):
        return size_of(value.args)
    return len(value) if isinstance(value, (str, bytes)) else 1
