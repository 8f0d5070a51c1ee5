"""Logits for a whole vocabulary, with the settings of Meta's chat example."""

import torch

from grader.compare.inputs import Inputs
from grader.compare.sample_model import Model
from grader.compare.sizes import listed
from grader.language import tr

_TEMPERATURE, _TOP_P = 0.6, 0.9


def _logits(model: Model) -> torch.Tensor:
    """Return random logits like those of a model with several good choices, `[V]`."""
    return model.rng.normal(model.params["vocab_size"], scale=2.5)


def next_token_probabilities(model: Model) -> Inputs:
    settings = tr(
        "temperature {temperature}, top_p {top_p}", temperature=_TEMPERATURE, top_p=_TOP_P
    )
    sizes = listed(model.vocabulary, settings)
    return Inputs((_logits(model), _TEMPERATURE, _TOP_P), sizes)


def sample(model: Model) -> Inputs:
    settings = _logits(model), _TEMPERATURE, _TOP_P
    probabilities = model.reference.next_token_probabilities(*settings)
    coin = round(model.rng.random(), 3)
    sizes = listed(model.vocabulary, tr("a coin of {coin}", coin=coin))
    return Inputs((probabilities, coin), sizes)
