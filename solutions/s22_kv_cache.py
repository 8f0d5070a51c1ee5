"""Stage 22: remember the keys and values of earlier tokens.

Lesson: lessons/s22_kv_cache.md
"""

from typing import Any

import torch

from solutions.s08_embedding import embed
from solutions.s09_rms_norm import rms_norm
from solutions.s10_freqs_cis import precompute_freqs_cis
from solutions.s11_rotate import rotate
from solutions.s12_heads import project, split_heads
from solutions.s13_attention_scores import attention_scores
from solutions.s15_grouped_query_attention import kv_head_index
from solutions.s16_feed_forward import feed_forward
from solutions.s19_next_token import next_token_logits


def cached_attention(
    x: torch.Tensor,
    wq: torch.Tensor,
    wk: torch.Tensor,
    wv: torch.Tensor,
    wo: torch.Tensor,
    freqs_cis: torch.Tensor,
    n_heads: int,
    n_kv_heads: int,
    past: tuple[torch.Tensor, torch.Tensor] | None,
) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
    """Return the attention of one layer for new tokens that follow earlier ones.

    Args:
        x: the normalized vectors of the T new tokens alone, `[T, D]`.
        wq: the query weights of all heads, `[H * d, D]`.
        wk: the key weights of all key/value heads, `[K * d, D]`.
        wv: the value weights of all key/value heads, `[K * d, D]`.
        wo: the output weights, `[D, H * d]`.
        freqs_cis: the rotations of the new tokens' positions, complex64, `[T, d/2]`.
        n_heads: the number of query heads H.
        n_kv_heads: the number of key/value heads K.
        past: the keys and values of the S earlier tokens, `[K, S, d]` each, the keys already
            rotated; None if there are no earlier tokens. The tensors are not modified.

    Returns:
        the results of all heads mixed by `wo`, `[T, D]`, in the dtype of `x`; and the keys and
        values of all S + T tokens, `[K, S + T, d]` each. New token t sees keys 0 to S + t. Nothing
        as large as `[S + T, S + T]` is built, so that a single new token stays cheap.

    Source: Shazeer 2019, "Fast Transformer Decoding"; Meta's `llama/model.py` (`cache_k`).
    """
    queries = rotate(_heads(x, wq, n_heads), freqs_cis)  # [H, T, d]
    keys = rotate(_heads(x, wk, n_kv_heads), freqs_cis)  # [K, T, d]
    values = _heads(x, wv, n_kv_heads)  # [K, T, d]
    if past is not None:
        keys = torch.cat([past[0], keys], dim=1)  # [K, S + T, d]
        values = torch.cat([past[1], values], dim=1)  # [K, S + T, d]
    earlier, total = keys.shape[1] - len(x), keys.shape[1]  # S, S + T
    mask = torch.full((len(x), total), float("-inf")).triu(earlier + 1)  # [T, S + T]
    outputs = []
    for head in range(n_heads):
        kv_head = kv_head_index(head, n_heads, n_kv_heads)
        scores = attention_scores(queries[head], keys[kv_head]).float() + mask  # [T, S + T]
        outputs.append(torch.softmax(scores, dim=-1).to(x.dtype) @ values[kv_head])  # [T, d]
    return torch.cat(outputs, dim=-1) @ wo.T, (keys, values)


def _heads(x: torch.Tensor, weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Return what all heads of a weight make of `x`, `[n, T, d]`."""
    return torch.stack([project(x, head) for head in split_heads(weight, n_heads)])


def cached_forward(
    tokens: torch.Tensor,
    weights: dict[str, torch.Tensor],
    params: dict[str, Any],
    cache: list[tuple[torch.Tensor, torch.Tensor]] | None,
) -> tuple[torch.Tensor, list[tuple[torch.Tensor, torch.Tensor]]]:
    """Return the logits after new tokens that follow the cached ones, and the longer cache.

    Args:
        tokens: the ids of the new tokens alone, int64, `[T]`.
        weights: the whole checkpoint, under Meta's names.
        params: `params.json` as a dict. `n_kv_heads` may be absent or None.
        cache: one pair per layer, the keys and values of the S earlier tokens; None at the start
            of a text. It is not modified: the caller may go on from it again.

    Returns:
        the logits after the last token, `[V]`, the same as for the whole text at once; and a new
        cache, one pair per layer, in which the new tokens' keys and values follow the earlier ones.

    Source: Meta's `llama/model.py` (`Transformer.forward`, `start_pos`).
    """
    earlier = 0 if cache is None else cache[0][0].shape[1]  # S
    n_heads, eps = params["n_heads"], params["norm_eps"]
    n_kv_heads = params.get("n_kv_heads") or n_heads
    head_dim, total = params["dim"] // n_heads, earlier + tokens.shape[0]
    freqs_cis = precompute_freqs_cis(head_dim, total, params["rope_theta"])[earlier:]  # [T, d/2]
    x = embed(tokens, weights["tok_embeddings.weight"])  # [T, D]
    longer = []
    for layer in range(params["n_layers"]):
        part = f"layers.{layer}"
        normed = rms_norm(x, weights[f"{part}.attention_norm.weight"], eps)
        wq, wk, wv, wo = _named(weights, f"{part}.attention", "wq", "wk", "wv", "wo")
        past = None if cache is None else cache[layer]
        attended, kept = cached_attention(
            normed, wq, wk, wv, wo, freqs_cis, n_heads, n_kv_heads, past
        )
        longer.append(kept)
        x = x + attended
        normed = rms_norm(x, weights[f"{part}.ffn_norm.weight"], eps)
        x = x + feed_forward(normed, *_named(weights, f"{part}.feed_forward", "w1", "w2", "w3"))
    hidden = rms_norm(x, weights["norm.weight"], eps)  # [T, D]
    return next_token_logits(hidden, weights["output.weight"]), longer


def _named(weights: dict[str, torch.Tensor], part: str, *names: str) -> list[torch.Tensor]:
    """Return some weights of one part of the checkpoint."""
    return [weights[f"{part}.{name}.weight"] for name in names]
