"""Stage 31: one step of training, from a batch of text to better weights.

Lesson: lessons/s31_training.md
"""

from typing import Any

import torch

from solutions.s18_transformer import transformer
from solutions.s29_cross_entropy import cross_entropy
from solutions.s30_adamw import adamw_step, clip_gradients


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

    def row_loss(row: torch.Tensor) -> torch.Tensor:
        hidden = transformer(row[:-1], weights, params)  # [T, D]
        logits = hidden @ weights["output.weight"].T  # [T, V]
        return cross_entropy(logits, row[1:])

    return torch.vmap(row_loss)(batch).mean()  # all rows at once; a loop also works


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
    leaves = {name: weight.detach().requires_grad_() for name, weight in weights.items()}
    loss = batch_loss(batch, leaves, params)
    found = torch.autograd.grad(loss, list(leaves.values()))
    gradients = clip_gradients(dict(zip(leaves, found, strict=True)), optimizer["max_norm"])
    step = optimizer["step"] + 1
    settings = [optimizer[name] for name in ("beta1", "beta2", "eps", "weight_decay")]
    new_weights, mean, variance = {}, {}, {}
    for name, weight in weights.items():
        averages = optimizer["mean"][name], optimizer["variance"][name]
        new_weights[name], mean[name], variance[name] = adamw_step(
            weight.detach(), gradients[name], *averages, step, lr, *settings
        )
    new = {**optimizer, "step": step, "mean": mean, "variance": variance}
    return loss.item(), new_weights, new
