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
        w1: the weights of the gate, the half that goes through SiLU, `[F, D]`.
        w2: the weights that narrow the result back to D, `[D, F]`.
        w3: the weights of the other half, which the gate multiplies, `[F, D]`.

    Returns:
        one vector per token, `[T, D]`, in the dtype of `x`. SiLU must handle inputs in the
        thousands.

    Source: Shazeer 2020, "GLU Variants Improve Transformer"; Meta's `llama/model.py`
    (`FeedForward`).
    """
    raise NotImplementedError("feed_forward is not written yet")
