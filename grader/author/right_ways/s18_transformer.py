"""Right and different ways of stage 18."""

from functools import reduce
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from grader.author.right_ways import right_way
from solutions.s08_embedding import embed
from solutions.s09_rms_norm import rms_norm
from solutions.s10_freqs_cis import precompute_freqs_cis
from solutions.s17_transformer_block import transformer_block

Weights = dict[str, Tensor]
Params = dict[str, Any]


@right_way("transformer")
def as_meta_does(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Rotations for the longest possible prompt, cut to this one."""
    head_dim = params["dim"] // params["n_heads"]
    table = precompute_freqs_cis(head_dim, 2 * 64, params["rope_theta"])
    h = F.embedding(tokens, weights["tok_embeddings.weight"])
    for layer in range(params["n_layers"]):
        h = transformer_block(h, weights, layer, table[: len(tokens)], params)
    return rms_norm(h, weights["norm.weight"], params["norm_eps"])


@right_way("transformer")
def by_folding(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """The layers folded over the embedding, with the width of a head from the shape of wq."""
    head_dim = weights["layers.0.attention.wq.weight"].shape[0] // params["n_heads"]
    freqs_cis = precompute_freqs_cis(head_dim, tokens.shape[0], params["rope_theta"])
    start = embed(tokens, weights["tok_embeddings.weight"])
    x = reduce(
        lambda x, layer: transformer_block(x, weights, layer, freqs_cis, params),
        range(params["n_layers"]),
        start,
    )
    return F.rms_norm(x, (params["dim"],), weights["norm.weight"], params["norm_eps"])


@right_way("transformer")
def in_float32_and_back(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """A float32 copy of each layer's weights while it runs."""
    x = embed(tokens, weights["tok_embeddings.weight"]).float()
    head_dim = params["dim"] // params["n_heads"]
    freqs_cis = precompute_freqs_cis(head_dim, len(x), params["rope_theta"])
    for layer in range(params["n_layers"]):
        mine = {n: w.float() for n, w in weights.items() if n.startswith(f"layers.{layer}.")}
        x = transformer_block(x, mine, layer, freqs_cis, params)
    last = rms_norm(x, weights["norm.weight"].float(), params["norm_eps"])
    return last.to(weights["norm.weight"].dtype)


@right_way("transformer")
def layers_counted_in_the_checkpoint(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """The number of layers taken from the names of the weights."""
    x = embed(tokens, weights["tok_embeddings.weight"])
    head_dim = params["dim"] // params["n_heads"]
    freqs_cis = precompute_freqs_cis(head_dim, len(tokens), params["rope_theta"])
    layer = 0
    while f"layers.{layer}.ffn_norm.weight" in weights:
        x = transformer_block(x, weights, layer, freqs_cis, params)
        layer += 1
    return rms_norm(x, weights["norm.weight"], params["norm_eps"])
