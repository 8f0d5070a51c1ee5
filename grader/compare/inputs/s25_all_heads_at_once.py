"""A layer's four attention matrices, and one new token after the cached ones."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import Model
from grader.compare.sizes import listed, one_token_after
from grader.language import tr

_CACHED = 300  # tokens


def all_heads_attention(model: Model) -> Inputs:
    weights = [model.weight(f"layers.0.attention.{name}.weight") for name in ("wq", "wk", "wv")]
    wo = model.weight("layers.0.attention.wo.weight")
    theta = model.params["rope_theta"]
    freqs_cis = model.reference.precompute_freqs_cis(model.head_dim, _CACHED + 1, theta)[-1:]
    heads = model.n_heads, model.n_kv_heads
    past = tuple(model.vectors(heads[1], _CACHED, model.head_dim) for _ in ("keys", "values"))
    count = tr("{queries} query and {kv} kv heads", queries=heads[0], kv=heads[1])
    sizes = listed(one_token_after(_CACHED), model.width, count)
    return Inputs((model.vectors(1, model.dim), *weights, wo, freqs_cis, *heads, past), sizes)
