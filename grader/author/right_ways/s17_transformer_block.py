"""Right ways to write stage 17 that differ from the reference."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from grader.author.right_ways import right_way
from solutions.s09_rms_norm import rms_norm
from solutions.s11_rotate import rotate
from solutions.s15_grouped_query_attention import attention
from solutions.s16_feed_forward import feed_forward

Weights = dict[str, Tensor]
Params = dict[str, Any]


def of_layer(weights: Weights, layer: int) -> Weights:
    """Return the weights of one layer under their short names."""
    prefix = f"layers.{layer}."
    mine = {name: weight for name, weight in weights.items() if name.startswith(prefix)}
    return {name.split(".")[-2]: weight for name, weight in mine.items()}


def attend(x: Tensor, w: Weights, freqs_cis: Tensor, n_heads: int, n_kv_heads: int) -> Tensor:
    return attention(x, w["wq"], w["wk"], w["wv"], w["wo"], freqs_cis, n_heads, n_kv_heads)


@right_way("transformer_block")
def with_short_names(
    x: Tensor, weights: Weights, layer: int, freqs_cis: Tensor, params: Params
) -> Tensor:
    """Pick out the layer's weights first."""
    w, eps = of_layer(weights, layer), params["norm_eps"]
    heads = params["n_heads"], params.get("n_kv_heads") or params["n_heads"]
    read = rms_norm(x, w["attention_norm"], eps)
    h = x + attend(read, w, freqs_cis, *heads)
    read = rms_norm(h, w["ffn_norm"], eps)
    return h + feed_forward(read, w["w1"], w["w2"], w["w3"])


@right_way("transformer_block")
def as_a_sum_of_three(
    x: Tensor, weights: Weights, layer: int, freqs_cis: Tensor, params: Params
) -> Tensor:
    """Add the input and both changes at the end."""
    w, eps = of_layer(weights, layer), params["norm_eps"]
    n_kv_heads = params.get("n_kv_heads")
    n_kv_heads = params["n_heads"] if n_kv_heads is None else n_kv_heads
    read = rms_norm(x, w["attention_norm"], eps)
    attended = attend(read, w, freqs_cis, params["n_heads"], n_kv_heads)
    read = rms_norm(x + attended, w["ffn_norm"], eps)
    return torch.stack([x, attended, feed_forward(read, w["w1"], w["w2"], w["w3"])]).sum(0)


@right_way("transformer_block")
def residuals_in_float32(
    x: Tensor, weights: Weights, layer: int, freqs_cis: Tensor, params: Params
) -> Tensor:
    """Keep the sums in float32, and run each half in the dtype of the weights."""
    w, eps = of_layer(weights, layer), params["norm_eps"]
    heads = params["n_heads"], params.get("n_kv_heads") or params["n_heads"]
    h = x.float()
    read = rms_norm(h, w["attention_norm"], eps).to(x.dtype)
    h = h + attend(read, w, freqs_cis, *heads)
    read = rms_norm(h, w["ffn_norm"], eps).to(x.dtype)
    return (h + feed_forward(read, w["w1"], w["w2"], w["w3"])).to(x.dtype)


@right_way("transformer_block")
def all_heads_at_once(
    x: Tensor, weights: Weights, layer: int, freqs_cis: Tensor, params: Params
) -> Tensor:
    """Use torch's own norm and attention, without a loop over the heads."""
    w, eps, n_heads = of_layer(weights, layer), params["norm_eps"], params["n_heads"]
    head_dim = x.shape[1] // n_heads

    def heads(read: Tensor, weight: Tensor) -> Tensor:
        return F.linear(read, weight).view(len(read), -1, head_dim).transpose(0, 1)  # [n, T, d]

    read = F.rms_norm(x, x.shape[-1:], w["attention_norm"], eps)
    q, k = (rotate(heads(read, w[name]), freqs_cis) for name in ("wq", "wk"))
    v = heads(read, w["wv"])
    k, v = (one.repeat_interleave(n_heads // len(one), dim=0) for one in (k, v))
    mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)  # [H, T, d]
    h = x + F.linear(mixed.transpose(0, 1).flatten(1), w["wo"])
    read = F.rms_norm(h, h.shape[-1:], w["ffn_norm"], eps)
    return h + F.linear(F.silu(F.linear(read, w["w1"])) * F.linear(read, w["w3"]), w["w2"])
