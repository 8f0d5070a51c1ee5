"""Vectors, and all weights of a layer."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import TOKENS, Model


def transformer_block(model: Model) -> Inputs:
    weights = model.weights_under("layers.0.")
    sizes = f"{TOKENS} tokens, D = {model.dim:,}, F = {model.ffn_dim:,}"
    return Inputs((model.vectors(), weights, 0, model.freqs_cis(), model.params), sizes)
