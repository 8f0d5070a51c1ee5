"""Stage 13: how well does each query match each key?

Lesson: lessons/s13_attention_scores.md
"""

import math

import torch


def attention_scores(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """Return the score of every query with every key.

    A score is the dot product of a query and a key, divided by the square root of the head width d.

    Args:
        q: the queries of one head, `[T, d]`; don't modify them.
        k: the keys of one head, `[S, d]`; don't modify them.

    Returns:
        the scores, `[T, S]`, with one row per query, in the dtype of `q`. If that is a
        half-precision dtype, you may return float32 instead.

    Source: Vaswani et al. 2017, "Attention Is All You Need", equation 1.
    """
    raise NotImplementedError("attention_scores is not written yet")
