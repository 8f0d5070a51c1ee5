"""Stage 16: the feed-forward network.

Lesson: lessons/s16_feed_forward.md
"""

import torch
import torch.nn.functional as F


def feed_forward(
    x: torch.Tensor, w1: torch.Tensor, w2: torch.Tensor, w3: torch.Tensor
) -> torch.Tensor:
    """Return each token's vector widened, gated and narrowed again (SwiGLU).

    Args:
        x: the normalized token vectors, `[T, D]`.
        w1: weights of the gate, which goes through SiLU, `[F, D]`.
        w2: weights that lead back to D, `[D, F]`.
        w3: weights of what passes through the gate, `[F, D]`.

    Returns:
        `[T, D]`, in the dtype of `x`. The gate may be made from numbers in the thousands.

    Source: Shazeer 2020, "GLU Variants Improve Transformer"; Meta's `llama/model.py`
    (`FeedForward`).
    """
    raise NotImplementedError("feed_forward is not written yet")
