"""A text to train on."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import Model
from grader.compare.sizes import characters, listed
from grader.language import tr

_MERGES = 64


def train_bpe(model: Model) -> Inputs:
    text = model.text.prompt
    sizes = listed(characters(len(text)), tr("up to {count} merges", count=_MERGES))
    return Inputs((text, 256 + _MERGES), sizes)
