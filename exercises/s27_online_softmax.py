"""Stage 27: attention that reads the keys block by block.

Lesson: lessons/s27_online_softmax.md
"""

import torch


def attention_in_blocks(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, block: int
) -> torch.Tensor:
    """Return what masked attention gives, without building the whole table of scores.

    Args:
        q: the rotated queries of one head, `[T, d]`. They belong to the last T tokens.
        k: the rotated keys of all tokens so far, `[S, d]`, with S at least T.
        v: the values of all tokens so far, `[S, d]`.
        block: the number of keys to read at a time, at least 1. It need not divide S, and it may be
            larger than S.

    Returns:
        for each query, the sum of the values, weighted by the softmax of its scores, `[T, d]`, in
        the dtype of `v`. Query t sees the keys 0 to S - T + t, so the last query sees all keys. If
        `block` is less than S, no tensor on the way has T * S entries or more. Softmax and sums are
        computed in float32 and must handle scores in the thousands. Create tensors on torch's
        default device, and don't turn their values into Python numbers or conditions: a GPU would
        have to wait for each of them.

    Source: Dao et al. 2022, "FlashAttention", algorithm 1; Milakov and Gimelshein 2018, "Online
    normalizer calculation for softmax", algorithm 3.
    """
    raise NotImplementedError("attention_in_blocks is not written yet")
