"""The calls that both sides make for a stage, and how much memory each call takes."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import torch

from grader.calls.recipe import Recipe
from grader.calls.request_writer import Callee
from grader.compare.inputs import Asked, Inputs
from grader.compare.sample_model import load_model
from grader.kata import Kata
from grader.module_named_after import module_named_after
from grader.stage import Stage
from grader.suite.oracle import reference_of
from grader.suite.rng import Rng

LARGE = 50 * 2**20  # bytes; calls with larger inputs run in a fresh worker, which ends after them


@dataclass(frozen=True)
class Case:
    """One function or constant of a stage, called at one size."""

    timed: Asked
    size: str
    inputs: Inputs

    @property
    def name(self) -> str:
        return self.timed.target.name

    @property
    def bytes(self) -> int:
        """What the inputs take in each worker's memory, and in files, which may be in memory."""
        return bytes_of(self.timed.args) + self.inputs.on_disk

    @property
    def is_large(self) -> bool:
        return self.bytes > LARGE


def cases_of(kata: Kata, stage: Stage, size: str, seed: int, folder: Path) -> Iterator[Case]:
    """Yield the calls of a stage at one size, one for each of its functions and constants.

    Args:
        folder: where files may be written that a call reads.
    """
    reference, rng = reference_of(kata.solutions), Rng(seed, size)
    model = load_model(size, kata.tiny_weights, folder, reference, rng)
    functions = vars(module_named_after(stage, "grader.compare.inputs"))
    # Constants are compared by the results of their first method.
    methods = {constant.name: constant.methods[0] for constant in stage.constants}
    for name in stage.names:
        inputs: Inputs = functions[name](model)
        yield Case(Asked(Callee(name, methods.get(name)), inputs.args), size, inputs)


def bytes_of(value: Any) -> int:
    """Return the bytes of the tensors in an argument, including those that recipes will make."""
    if isinstance(value, torch.Tensor):
        return value.nbytes
    if isinstance(value, Recipe) and value.maker == "random":
        return prod(value.args[0]) * torch.float32.itemsize
    if isinstance(value, Recipe):
        return bytes_of(value.args)
    if isinstance(value, dict):
        return bytes_of(tuple(value.values()))
    return sum(map(bytes_of, value)) if isinstance(value, (list, tuple)) else 0
