"""The key matrix of a layer, and one head of a matrix."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import TOKENS, Model
from grader.compare.sizes import listed, one_head, tokens
from grader.language import tr


def split_heads(model: Model) -> Inputs:
    wk = model.weight("layers.0.attention.wk.weight")
    heads = tr("{count} heads of width {width}", count=model.n_kv_heads, width=model.head_dim)
    return Inputs((wk, model.n_kv_heads), listed("wk", heads, model.width))


def project(model: Model) -> Inputs:
    head = model.rng.weight(model.head_dim, model.dim)
    sizes = listed(tokens(TOKENS), model.width, one_head(model.head_dim))
    return Inputs((model.vectors(), head), sizes)
