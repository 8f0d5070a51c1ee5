"""Vectors, and all weights of a layer."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import TOKENS, Model
from grader.compare.sizes import listed, tokens


def transformer_block(model: Model) -> Inputs:
    weights = model.weights_under("layers.0.")
    sizes = listed(tokens(TOKENS), model.width, f"F = {model.ffn_dim:,}")
    return Inputs((model.vectors(), weights, 0, model.freqs_cis(), model.params), sizes)
