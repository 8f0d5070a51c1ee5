"""Stage 15: all heads of a layer, with several query heads sharing one key/value head.

Lesson: lessons/s15_grouped_query_attention.md
"""

import torch

from exercises.s11_rotate import rotate
from exercises.s12_heads import project, split_heads
from exercises.s14_masked_attention import masked_attention


def kv_head_index(query_head: int, n_heads: int, n_kv_heads: int) -> int:
    """Return the index of a query head's key/value head; neighboring query heads share one.

    Args:
        query_head: the index of the query head, from 0 to n_heads - 1.
        n_heads: the number of query heads H.
        n_kv_heads: the number of key/value heads K, a divisor of H.

    Returns:
        the index of the key/value head, an int from 0 to n_kv_heads - 1.

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
    """Return the attention of one layer: the results of all heads, mixed by `wo`.

    Args:
        x: the normalized token vectors, `[T, D]`.
        wq: the query weights of all heads, `[H * d, D]`.
        wk: the key weights of all key/value heads, `[K * d, D]`.
        wv: the value weights of all key/value heads, `[K * d, D]`.
        wo: the output weights, `[D, H * d]`.
        freqs_cis: the rotations of stage 10, complex64, `[T, d/2]`; for queries and keys only.
        n_heads: the number of query heads H.
        n_kv_heads: the number of key/value heads K (K = H is multi-head, K = 1 multi-query).

    Returns:
        the results of all heads, side by side in the order of the query heads and multiplied by
        `wo`: `[T, D]`, in the dtype of `x`.

    Source: Ainslie et al. 2023, "GQA"; Meta's `llama/model.py` (`Attention`).
    """
    raise NotImplementedError("attention is not written yet")
