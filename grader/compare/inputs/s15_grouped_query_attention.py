"""The index of a head, and a layer's four attention matrices."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import TOKENS, Model
from grader.compare.sizes import listed, query_and_kv_heads, tokens
from grader.language import tr


def kv_head_index(model: Model) -> Inputs:
    head = model.n_heads // 2 + 1
    sizes = tr(
        "query head {head} of {count}, {kv} key/value heads",
        head=head,
        count=model.n_heads,
        kv=model.n_kv_heads,
    )
    return Inputs((head, model.n_heads, model.n_kv_heads), sizes)


def attention(model: Model) -> Inputs:
    weights = [model.weight(f"layers.0.attention.{name}.weight") for name in ("wq", "wk", "wv")]
    wo = model.weight("layers.0.attention.wo.weight")
    heads = model.n_heads, model.n_kv_heads
    sizes = listed(tokens(TOKENS), model.width, query_and_kv_heads(*heads))
    return Inputs((model.vectors(), *weights, wo, model.freqs_cis(), *heads), sizes)
