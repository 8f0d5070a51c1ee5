"""The key matrix of a layer with random gradients, in the middle of a training."""

import torch

from grader.compare.inputs import Inputs
from grader.compare.sample_model import Model
from grader.compare.sizes import rows
from grader.language import tr

# of the 405B's training: warm-up, total, peak and floor
_SCHEDULE = (8_000, 1_200_000, 8e-5, 8e-7)


def _random(model: Model) -> torch.Tensor:
    """Return random numbers in the shape of wk."""
    return model.rng.weight(model.n_kv_heads * model.head_dim, model.dim)


def _sizes(model: Model) -> str:
    return rows("wk", model.n_kv_heads * model.head_dim, model.dim)


def clip_gradients(model: Model) -> Inputs:
    gradients = {"layers.0.attention.wk.weight": _random(model), "norm.weight": torch.ones(9)}
    sizes = tr("the gradients of {matrix}, and of 9 numbers", matrix=_sizes(model))
    return Inputs((gradients, 1.0), sizes)


def learning_rate(model: Model) -> Inputs:
    return Inputs((500_000, *_SCHEDULE), tr("step 500,000 of 1,200,000"))


def adamw_step(model: Model) -> Inputs:
    weight, gradient, mean = (_random(model) for _ in range(3))
    variance = mean.square() + 0.1 * gradient.square()
    numbers = (100, 0.1, 0.9, 0.95, 1e-5, 0.1)
    return Inputs((weight, gradient, mean, variance, *numbers), _sizes(model))
