"""Rows of the prompt's tokens, and the tiny model, or one layer a quarter as wide as the 8B's."""

import torch

from grader.calls.recipe import named, zeros
from grader.compare.inputs import Inputs
from grader.compare.sample_model import ONE_LAYER, Model
from grader.compare.sizes import listed
from grader.language import tr

_ROWS = 4
# Of the 8B. The weights, their gradients and two averages have to fit in memory twice.
_QUARTER = {"dim": 1024, "n_heads": 8, "n_kv_heads": 2}


def batch_loss(model: Model) -> Inputs:
    model = model.cut(**ONE_LAYER, **_QUARTER)
    tokens = model.tokens()
    batch = torch.stack([tokens.roll(row) for row in range(_ROWS)])  # [B, T + 1]
    rows = tr("{count} rows of {length} tokens", count=_ROWS, length=len(tokens))
    sizes = listed(rows, model.width, model.layers, model.vocabulary)
    return Inputs((batch, model.weights_under(), model.params), sizes)


def train_step(model: Model) -> Inputs:
    given = batch_loss(model)
    batch, weights, params = given.args
    shapes = model.reference.expected_shapes(params)
    averages = [named({name: zeros(shape) for name, shape in shapes.items()}) for _ in range(2)]
    optimizer = {
        "step": 0,
        "mean": averages[0],
        "variance": averages[1],
        "beta1": 0.9,
        "beta2": 0.95,
        "eps": 1e-3,  # so large that rounding a gradient near 0 doesn't turn its step around
        "weight_decay": 0.1,
        "max_norm": 1.0,
    }
    return Inputs((batch, weights, named(optimizer), params, 3e-4), given.sizes)
