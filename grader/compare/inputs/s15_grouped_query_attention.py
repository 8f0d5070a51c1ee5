"""The index of a head, and a layer's four attention matrices."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import TOKENS, Model


def kv_head_index(model: Model) -> Inputs:
    head = model.n_heads // 2 + 1
    sizes = f"query head {head} of {model.n_heads}, {model.n_kv_heads} key/value heads"
    return Inputs((head, model.n_heads, model.n_kv_heads), sizes)


def attention(model: Model) -> Inputs:
    weights = [model.weight(f"layers.0.attention.{name}.weight") for name in ("wq", "wk", "wv")]
    wo = model.weight("layers.0.attention.wo.weight")
    heads = model.n_heads, model.n_kv_heads
    sizes = f"{TOKENS} tokens, D = {model.dim:,}, {heads[0]} query and {heads[1]} key/value heads"
    return Inputs((model.vectors(), *weights, wo, model.freqs_cis(), *heads), sizes)
