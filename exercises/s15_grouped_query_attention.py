"""Stage 15: all heads of a layer, with several query heads sharing one key/value head.

Lesson: lessons/s15_grouped_query_attention.md
"""

import torch

from exercises.s11_rotate import rotate
from exercises.s12_heads import project, split_heads
from exercises.s14_masked_attention import masked_attention


def kv_head_index(query_head: int, n_heads: int, n_kv_heads: int) -> int:
    """Return which key/value head serves a query head; neighbors share one.

    Args:
        query_head: the query head, 0 .. n_heads - 1.
        n_heads: the number of query heads H.
        n_kv_heads: the number of key/value heads K, a divisor of H.

    Returns:
        the key/value head, an int from 0 to n_kv_heads - 1.

    Source: Ainslie et al. 2023, "GQA"; Meta's `llama/model.py` (`repeat_kv`).
    """
    raise NotImplementedError("kv_head_index is not written yet")


def attention(
    x: torch.Tensor,
    wq: torch.Tensor,
    wk: torch.Tensor,
    wv: torch.Tensor,
    wo: torch.Tensor,
    freqs_cis: torch.Tensor,
    n_heads: int,
    n_kv_heads: int,
) -> torch.Tensor:
    """Return the result of all heads of one layer, joined and multiplied by `wo`.

    Args:
        x: the normalized token vectors, `[T, D]`.
        wq: query weights of all heads, `[H * d, D]`.
        wk: key weights of all key/value heads, `[K * d, D]`.
        wv: value weights of all key/value heads, `[K * d, D]`.
        wo: output weights, `[D, H * d]`.
        freqs_cis: the rotations of stage 10, complex64, `[T, d/2]`; only for queries and keys.
        n_heads: the number of query heads H.
        n_kv_heads: the number of key/value heads K (K = H is multi-head, K = 1 multi-query).

    Returns:
        the heads' results side by side, in order, multiplied by `wo`, `[T, D]`, in the dtype of
        `x`.

    Source: Ainslie et al. 2023, "GQA"; Meta's `llama/model.py` (`Attention`).
    """
    raise NotImplementedError("attention is not written yet")
