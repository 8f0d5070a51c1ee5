"""Stage 25: all heads of a layer in a few large products, without a loop.

Lesson: lessons/s25_all_heads_at_once.md
"""

import torch
from torch.nn.functional import scaled_dot_product_attention

from exercises.s11_rotate import rotate

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
    raise NotImplementedError("all_heads_attention is not written yet")
