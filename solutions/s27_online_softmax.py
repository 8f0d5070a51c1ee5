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
    n_queries, width = q.shape
    last_seen = torch.arange(len(k) - n_queries, len(k))[:, None]  # [T, 1]
    largest = torch.full((n_queries, 1), float("-inf"))
    total = torch.zeros(n_queries, 1)
    result = torch.zeros(n_queries, width)
    for start in range(0, len(k), block):
        keys = k[start : start + block].float()  # [B, d], where the last B may be smaller
        values = v[start : start + block].float()  # [B, d]
        scores = q.float() @ keys.T / width**0.5  # [T, B]
        hidden = torch.arange(start, start + len(keys)) > last_seen  # [T, B]
        scores = scores.masked_fill(hidden, float("-inf"))
        new_largest = torch.maximum(largest, scores.amax(dim=1, keepdim=True))  # [T, 1]
        shrink = torch.exp(largest - new_largest)  # [T, 1]
        weights = torch.exp(scores - new_largest)  # [T, B]
        total = total * shrink + weights.sum(dim=1, keepdim=True)  # [T, 1]
        result = result * shrink + weights @ values  # [T, d]
        largest = new_largest
    return (result / total).to(v.dtype)  # [T, d]
