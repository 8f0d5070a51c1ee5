"""Stage 29: how wrong the predictions are, as one number.

Lesson: lessons/s29_cross_entropy.md
"""

import torch


def cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the mean negative log probability of the targets.

    Args:
        logits: one score for each token of the vocabulary, at every position, in float32, bfloat16
            or float16, `[T, V]`. Their values may be large, such as 1e4.
        targets: the id of the token that comes next at every position, int64, `[T]`.

    Returns:
        the loss, a float32 tensor without dimensions, computed in float32. Training takes its
        gradient, so compute it from `logits` with torch's operations alone.

    Source: Goodfellow et al. 2016, "Deep Learning", sections 3.13 and 6.2.2; PyTorch's
    `torch.nn.functional.cross_entropy`.
    """
    logits = logits.float()
    shifted = logits - logits.amax(dim=-1, keepdim=True)  # [T, V], at most 0
    log_sum = shifted.exp().sum(dim=-1, keepdim=True).log()  # [T, 1]
    log_probabilities = shifted - log_sum  # [T, V]
    right = log_probabilities.gather(-1, targets[:, None])  # [T, 1]
    return -right.mean()
