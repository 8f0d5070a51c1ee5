"""Stage 9: RMS norm, root-mean-square normalization.

Lesson: lessons/s09_rms_norm.md
"""

import torch


def rms_norm(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Scale every vector to a root mean square of 1, then multiply each entry by its weight.

    Args:
        x: vectors along the last dimension, `[..., D]`; don't modify them.
        weight: one learned factor per entry, `[D]`.
        eps: `norm_eps` from `params.json`, a small number that keeps vectors of zeros from
            becoming nan.

    Returns:
        the normalized vectors, a new tensor `[..., D]` with the dtype of `x`. The mean square is
        computed in float32 whatever that dtype is, because in float16 even 1000 squared overflows.

    Source: Zhang and Sennrich 2019, "Root Mean Square Layer Normalization"; Meta's
    `llama/model.py` (`RMSNorm`).
    """
    raise NotImplementedError("rms_norm is not written yet")
