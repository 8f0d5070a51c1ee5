"""The last token of the prompt, after a cache of the others."""

import torch

from grader.compare.inputs import Inputs
from grader.compare.sample_model import ONE_LAYER, TOKENS, Model
from grader.compare.sizes import listed, one_token_after, query_and_kv_heads


def _past(model: Model) -> tuple[torch.Tensor, torch.Tensor]:
    """Return random keys and values of the tokens before the last, `[K, 16, d]` each."""
    shape = model.n_kv_heads, TOKENS - 1, model.head_dim
    return model.rng.normal(*shape), model.rng.normal(*shape)


def cached_attention(model: Model) -> Inputs:
    weights = [model.weight(f"layers.0.attention.{name}.weight") for name in ("wq", "wk", "wv")]
    wo = model.weight("layers.0.attention.wo.weight")
    heads = model.n_heads, model.n_kv_heads
    x, freqs_cis = model.vectors(1, model.dim), model.freqs_cis()[-1:]
    sizes = listed(one_token_after(TOKENS - 1), model.width, query_and_kv_heads(*heads))
    return Inputs((x, *weights, wo, freqs_cis, *heads, _past(model)), sizes)


def cached_forward(model: Model) -> Inputs:
    model = model.cut(**ONE_LAYER)
    cache = [_past(model) for _ in range(model.params["n_layers"])]
    sizes = listed(one_token_after(TOKENS - 1), model.width, model.layers, model.vocabulary)
    return Inputs((model.tokens()[-1:], model.weights_under(), model.params, cache), sizes)
