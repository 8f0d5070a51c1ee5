"""Vectors, and a layer's three feed-forward matrices."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import TOKENS, Model
from grader.compare.sizes import listed, tokens


def feed_forward(model: Model) -> Inputs:
    weights = [model.weight(f"layers.0.feed_forward.{name}.weight") for name in ("w1", "w2", "w3")]
    sizes = listed(tokens(TOKENS), model.width, f"F = {model.ffn_dim:,}")
    return Inputs((model.vectors(), *weights), sizes)
