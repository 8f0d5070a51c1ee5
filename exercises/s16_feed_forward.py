"""Stage 16: the feed-forward layer.

Lesson: lessons/s16_feed_forward.md
"""

import torch
import torch.nn.functional as F


def feed_forward(
    x: torch.Tensor, w1: torch.Tensor, w2: torch.Tensor, w3: torch.Tensor
) -> torch.Tensor:
    """Widen each token's vector, let a gate decide what passes, and narrow it again (SwiGLU).

    Args:
        x: the normalised token vectors, `[T, D]`.
        w1: weights of the gate, whose SiLU is taken, `[F, D]`.
        w2: weights of the way back, `[D, F]`.
        w3: weights of what passes through the gate, `[F, D]`.

    Returns:
        `[T, D]`, with the dtype of `x`.

    Source: Shazeer 2020, "GLU Variants Improve Transformer"; Meta's `llama/model.py`
    (`FeedForward`).
    """
    raise NotImplementedError("feed_forward is not written yet")
