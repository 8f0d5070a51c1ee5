"""Vectors, and the weight of a layer's first norm."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import TOKENS, Model
from grader.compare.sizes import listed, tokens


def rms_norm(model: Model) -> Inputs:
    weight = model.weight("layers.0.attention_norm.weight")
    sizes = listed(tokens(TOKENS), model.width)
    return Inputs((model.vectors(), weight, model.params["norm_eps"]), sizes)
