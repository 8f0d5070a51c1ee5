"""Stage 9: root-mean-square normalisation.

Lesson: lessons/s09_rms_norm.md
"""

import torch


def rms_norm(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Scale every vector to a root mean square of one, then each entry by its weight.

    Args:
        x: vectors along the last dimension, `[..., D]`.
        weight: one learned factor an entry, `[D]`.
        eps: a small number that keeps the root away from zero; it stands inside the root.

    Returns:
        the normalised vectors, `[..., D]`, with the dtype of `x`. The mean square is taken in
        float32 whatever that dtype is: the square of 1000 overflows in float16.

    Source: Zhang and Sennrich 2019, "Root Mean Square Layer Normalization"; Meta's
    `llama/model.py` (`RMSNorm`).
    """
    raise NotImplementedError("rms_norm is not written yet")
