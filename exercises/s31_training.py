"""Stage 31: one step of training, from a batch of text to better weights.

Lesson: lessons/s31_training.md
"""

from typing import Any

import torch

from exercises.s18_transformer import transformer
from exercises.s29_cross_entropy import cross_entropy
from exercises.s30_adamw import adamw_step, clip_gradients


def batch_loss(
    batch: torch.Tensor, weights: dict[str, torch.Tensor], params: dict[str, Any]
) -> torch.Tensor:
    """Return the mean loss of the next-token predictions in a batch.

    Args:
        batch: rows of token ids, int64, `[B, T + 1]`. Each row is a text of its own. The model
            reads the first T tokens of a row, and after each of them, it should predict the next.
        weights: the whole checkpoint, under Meta's names. It is not modified.
        params: `params.json` as a dict.

    Returns:
        the mean of the loss over all rows and positions, a tensor without dimensions. Padding
        counts like any other token. Training takes its gradient, so compute it from the weights
        with torch's operations alone.

    Source: Radford et al. 2018, "Improving Language Understanding by Generative Pre-Training",
    section 3.1.
    """
    raise NotImplementedError("batch_loss is not written yet")


def train_step(
    batch: torch.Tensor,
    weights: dict[str, torch.Tensor],
    optimizer: dict[str, Any],
    params: dict[str, Any],
    lr: float,
) -> tuple[float, dict[str, torch.Tensor], dict[str, Any]]:
    """Take one training step: loss, gradients, clipping, AdamW.

    Args:
        batch: see `batch_loss`.
        weights: the whole checkpoint, under Meta's names, float32, without gradients. It is not
            modified.
        optimizer: the optimizer's state, a dict that is not modified. It has `step`, the number of
            steps taken so far (0 before the first); `mean` and `variance`, dicts with a tensor for
            every weight, under the same names; and the settings `beta1`, `beta2`, `eps`,
            `weight_decay` and `max_norm`.
        params: `params.json` as a dict.
        lr: the learning rate of this step.

    Returns:
        the loss before this step, as a Python float; the new weights, which don't require
        gradients, under the same names; and the new optimizer dict, with the same keys.

    Source: Touvron et al. 2023, "LLaMA", section 2.3.
    """
    raise NotImplementedError("train_step is not written yet")
