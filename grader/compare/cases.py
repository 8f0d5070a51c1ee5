"""The calls of a stage that both sides make."""

from collections.abc import Iterator
from pathlib import Path

from grader.calls.requests import Callee
from grader.compare.case import Asked, Case
from grader.compare.model_inputs import MODEL_INPUTS
from grader.compare.sample_model import load_model
from grader.compare.text_inputs import TEXT_INPUTS, Text
from grader.kata import Kata
from grader.stage import Stage
from grader.suite.oracle import reference_of
from grader.suite.rng import Rng


def cases_of(kata: Kata, stage: Stage, size: str, seed: int, folder: Path) -> Iterator[Case]:
    """Make the calls of a stage at one size, one for each of its functions and constants.

    Args:
        size: the tiny model's or the 8B's.
        seed: of the random inputs.
        folder: where the files that a call reads may be written.
    """
    reference, rng = reference_of(kata.solutions), Rng(seed, size)
    text = Text(size, kata.tiny_weights, reference, rng)
    model = load_model(size, kata.tiny_weights, folder, reference, rng)
    for name in stage.names:
        made = TEXT_INPUTS[name](text) if name in TEXT_INPUTS else MODEL_INPUTS[name](model)
        yield Case(Asked(_target(stage, name), made.args), size, made)


def _target(stage: Stage, name: str) -> Callee:
    """A constant is compared by what its first method does."""
    constants = {constant.name: constant.methods[0] for constant in stage.constants}
    return Callee(name, constants.get(name))
