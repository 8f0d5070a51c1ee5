"""The key matrix of a layer, as weights and as codes, and one vector per token."""

import torch

from grader.compare.inputs import Inputs
from grader.compare.sample_model import TOKENS, Model
from grader.compare.sizes import listed, rows, tokens


def _codes(model: Model) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the codes and scales of a random matrix with the shape of wk."""
    weight = model.rng.weight(model.n_kv_heads * model.head_dim, model.dim)
    quantized, scale = model.reference.quantize_rows(weight)
    return quantized, scale


def _sizes(model: Model) -> str:
    return rows("wk", model.n_kv_heads * model.head_dim, model.dim)


def quantize_rows(model: Model) -> Inputs:
    # Restored weights are never halfway between two codes, where right code may round either way.
    return Inputs((model.reference.dequantize_rows(*_codes(model)),), _sizes(model))


def dequantize_rows(model: Model) -> Inputs:
    return Inputs(_codes(model), _sizes(model))


def int8_linear(model: Model) -> Inputs:
    sizes = listed(tokens(TOKENS), _sizes(model))
    return Inputs((model.vectors(), *_codes(model)), sizes)
