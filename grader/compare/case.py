"""One call that both sides make: what is called with what, and how much memory that takes."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import torch

from grader.calls.recipe import Recipe
from grader.calls.requests import Callee

TINY, EIGHT_B = "tiny", "8B"
LARGE = 50 * 2**20  # bytes of inputs from which on a worker makes room before and after a call


def nothing_to_prepare() -> None:
    """Do nothing: most inputs need no files."""


@dataclass(frozen=True)
class Asked:
    """A call: what is called, and with which arguments."""

    target: Callee
    args: tuple[Any, ...]


@dataclass(frozen=True)
class Inputs:
    """What a function is called with at one size.

    `sizes` says it in words, with what was cut to save memory. `compared` is the call whose values
    are compared when that is another one (an object is compared by what it does). With `too_much`,
    a reason, values are not compared at this size. `prepare` writes the files that the call reads,
    `on_disk` bytes of them.
    """

    args: tuple[Any, ...]
    sizes: str
    compared: Asked | None = None
    too_much: str = ""
    prepare: Callable[[], None] = nothing_to_prepare
    on_disk: int = 0


@dataclass(frozen=True)
class Case:
    """One function at one size."""

    timed: Asked
    size: str
    inputs: Inputs

    @property
    def name(self) -> str:
        return self.timed.target.name

    @property
    def compared(self) -> Asked:
        """The call whose values are compared."""
        return self.inputs.compared or self.timed

    @property
    def bytes(self) -> int:
        """What the inputs take in each worker's memory, or on a disk that may be memory."""
        return sum(map(bytes_of, self.timed.args)) + self.inputs.on_disk

    @property
    def is_large(self) -> bool:
        return self.bytes > LARGE


def bytes_of(value: Any) -> int:
    """Count the bytes of the tensors in an argument, those that a recipe still has to make too."""
    if isinstance(value, torch.Tensor):
        return value.nbytes
    if isinstance(value, Recipe) and value.maker == "random":
        return prod(value.args[0]) * torch.float32.itemsize
    if isinstance(value, Recipe):
        return sum(map(bytes_of, value.args))
    if isinstance(value, dict):
        return sum(map(bytes_of, value.values()))
    return 0
