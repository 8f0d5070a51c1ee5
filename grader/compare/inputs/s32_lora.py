"""The query matrix of a layer with small matrices of rank 8, and one vector per token."""

import torch

from grader.compare.inputs import Inputs
from grader.compare.sample_model import TOKENS, Model

_RANK, _ALPHA = 8, 16.0


def _matrices(model: Model) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return a random matrix with the shape of wq, with its `a` and `b`."""
    width = model.n_heads * model.head_dim
    shapes = ((width, model.dim), (_RANK, model.dim), (width, _RANK))
    weight, a, b = (model.rng.weight(*shape) for shape in shapes)
    return weight, a, b


def _sizes(model: Model) -> str:
    return f"wq, {model.n_heads * model.head_dim:,} rows of {model.dim:,}, rank {_RANK}"


def lora_linear(model: Model) -> Inputs:
    tokens = f"{TOKENS} tokens, {_sizes(model)}"
    return Inputs((model.vectors(), *_matrices(model), _ALPHA), tokens)


def merge_lora(model: Model) -> Inputs:
    return Inputs((*_matrices(model), _ALPHA), _sizes(model))
