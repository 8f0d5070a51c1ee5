"""The key matrix of a layer, and one head of a matrix."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import TOKENS, Model


def split_heads(model: Model) -> Inputs:
    wk = model.weight("layers.0.attention.wk.weight")
    sizes = f"wk, {model.n_kv_heads} heads of width {model.head_dim}, D = {model.dim:,}"
    return Inputs((wk, model.n_kv_heads), sizes)


def project(model: Model) -> Inputs:
    head = model.rng.weight(model.head_dim, model.dim)
    sizes = f"{TOKENS} tokens, D = {model.dim:,}, one head of width {model.head_dim}"
    return Inputs((model.vectors(), head), sizes)
