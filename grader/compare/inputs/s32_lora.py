"""The query matrix of a layer with small matrices of rank 8, and one vector per token."""

import torch

from grader.compare.inputs import Inputs
from grader.compare.sample_model import TOKENS, Model
from grader.compare.sizes import listed, rows, tokens
from grader.language import tr

_RANK, _ALPHA = 8, 16.0


def _matrices(model: Model) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return a random matrix with the shape of wq, with its `a` and `b`."""
    width = model.n_heads * model.head_dim
    shapes = ((width, model.dim), (_RANK, model.dim), (width, _RANK))
    weight, a, b = (model.rng.weight(*shape) for shape in shapes)
    return weight, a, b


def _sizes(model: Model) -> str:
    wq = rows("wq", model.n_heads * model.head_dim, model.dim)
    return listed(wq, tr("rank {rank}", rank=_RANK))


def lora_linear(model: Model) -> Inputs:
    sizes = listed(tokens(TOKENS), _sizes(model))
    return Inputs((model.vectors(), *_matrices(model), _ALPHA), sizes)


def merge_lora(model: Model) -> Inputs:
    return Inputs((*_matrices(model), _ALPHA), _sizes(model))
