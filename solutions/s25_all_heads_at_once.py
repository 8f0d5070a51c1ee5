"""Stage 25: all heads of a layer in a few large products, without a loop.

Lesson: lessons/s25_all_heads_at_once.md
"""

import torch
from torch.nn.functional import scaled_dot_product_attention

from solutions.s11_rotate import rotate

KeysAndValues = tuple[torch.Tensor, torch.Tensor]  # of one layer: [K, S, d] each


def all_heads_attention(
    x: torch.Tensor,
    wq: torch.Tensor,
    wk: torch.Tensor,
    wv: torch.Tensor,
    wo: torch.Tensor,
    freqs_cis: torch.Tensor,
    n_heads: int,
    n_kv_heads: int,
    past: KeysAndValues | None,
) -> tuple[torch.Tensor, KeysAndValues]:
    """Return what `cached_attention` from stage 22 returns, computed without a loop over heads.

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
            rotated; None if there are no earlier tokens. They are not modified.

    Returns:
        the results of all heads, side by side and multiplied by `wo`, `[T, D]`, in the dtype of
        `x`; and the keys and values of all S + T tokens, `[K, S + T, d]` each. Row t sees keys 0
        to S + t. Compute the softmax in float32.

    Source: Meta's `llama/model.py` (`Attention`); `torch.nn.functional`.
    """
    q = rotate(_in_heads(x @ wq.T, n_heads), freqs_cis)  # [H, T, d]
    keys = rotate(_in_heads(x @ wk.T, n_kv_heads), freqs_cis)  # [K, T, d]
    values = _in_heads(x @ wv.T, n_kv_heads)  # [K, T, d]
    if past is not None:
        keys = torch.cat([past[0], keys], dim=1)  # [K, S + T, d]
        values = torch.cat([past[1], values], dim=1)  # [K, S + T, d]
    heads = _attend(q, keys, values)  # [H, T, d]
    return heads.transpose(0, 1).flatten(1) @ wo.T, (keys, values)


def _in_heads(rows: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Split rows, `[T, n * d]`, into heads, `[n, T, d]`."""
    return rows.view(len(rows), n_heads, -1).transpose(0, 1)


def _attend(q: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Mix the values for the queries, `[H, T, d]`, of the last T tokens."""
    new, total = q.shape[1], keys.shape[1]  # T, S + T
    k, v = keys[None], values[None]  # a batch of one, because torch is faster with four dimensions
    if new == 1:  # It sees every key, so the queries of a group become the rows of one matrix.
        grouped = q.reshape(1, len(keys), -1, q.shape[-1])  # [1, K, H / K, d]
        return scaled_dot_product_attention(grouped, k, v).reshape(q.shape)
    is_first = new == total
    visible = None if is_first else torch.ones(new, total, dtype=torch.bool).tril(total - new)
    return scaled_dot_product_attention(
        q[None], k, v, attn_mask=visible, is_causal=is_first, enable_gqa=True
    )[0]
