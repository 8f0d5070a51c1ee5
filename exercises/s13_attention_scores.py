"""Stage 13: how well does each query match each key?

Lesson: lessons/s13_attention_scores.md
"""

import math

import torch


def attention_scores(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """Return the score of every query with every key.

    A score is the dot product of the two, divided by the square root of the head's width d.

    Args:
        q: the queries of one head, `[T, d]`; they stay as they are.
        k: the keys of one head, `[S, d]`; they stay as they are.

    Returns:
        the scores, `[T, S]`; row t belongs to query t. They have the dtype of `q`, or float32 if
        that is a half-precision dtype and you prefer it.

    Source: Vaswani et al. 2017, "Attention Is All You Need", equation 1.
    """
    raise NotImplementedError("attention_scores is not written yet")
