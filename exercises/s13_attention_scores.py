"""Stage 13: how well does each query match each key?

Lesson: lessons/s13_attention_scores.md
"""

import math

import torch


def attention_scores(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """Score every query against every key: their dot product over the root of the head's width.

    Args:
        q: queries of one head, `[T, d]`.
        k: keys of one head, `[S, d]`.

    Returns:
        row t holds the scores of query t, `[T, S]`, with the dtype of `q` (float32 is as good for
        half-precision inputs).

    Source: Vaswani et al. 2017, "Attention Is All You Need", equation 1.
    """
    raise NotImplementedError("attention_scores is not written yet")
