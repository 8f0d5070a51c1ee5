"""A text to train on."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import Model

_MERGES = 64


def train_bpe(model: Model) -> Inputs:
    text = model.text.prompt
    return Inputs((text, 256 + _MERGES), f"{len(text):,} characters, up to {_MERGES} merges")
