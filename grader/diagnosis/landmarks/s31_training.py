"""The values on the way to a loss, and from there to new weights."""

from typing import Any

import torch
import torch.nn.functional as F

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.diagnosis.landmarks.s18_transformer import transformer
from grader.language import tr

Weights = dict[str, torch.Tensor]


def batch_loss(batch: torch.Tensor, weights: Weights, params: dict[str, Any]) -> Landmarks:
    losses = []
    for number, row in enumerate(batch):
        *_, last = transformer(row[:-1], weights, params)
        yield Landmark(
            tr("the model's vectors for row {row}", row=number), last.value, f"row {number}"
        )
        logits = last.value @ weights["output.weight"].T  # [T, V]
        yield Landmark(tr("the logits of row {row}", row=number), logits, f"row {number}")
        losses.append(F.cross_entropy(logits, row[1:]))
        yield Landmark(tr("the loss of row {row}", row=number), losses[-1], f"row {number}")
    yield Landmark(tr("the losses of all rows"), torch.stack(losses))


def train_step(
    batch: torch.Tensor,
    weights: Weights,
    optimizer: dict[str, Any],
    params: dict[str, Any],
    lr: float,
) -> Landmarks:
    leaves = {name: weight.detach().clone().requires_grad_() for name, weight in weights.items()}
    with torch.enable_grad():
        *_, losses = batch_loss(batch, leaves, params)
        loss = losses.value.mean()
    yield Landmark(tr("the loss"), loss.detach())
    gradients = dict(zip(leaves, torch.autograd.grad(loss, list(leaves.values())), strict=True))
    for name, gradient in gradients.items():
        yield Landmark(tr("the gradient of {name}", name=name), gradient)
    norm = torch.stack([one.square().sum() for one in gradients.values()]).sum().sqrt()
    scale = torch.clamp(optimizer["max_norm"] / norm, max=1.0)
    for name, gradient in gradients.items():
        yield Landmark(tr("the clipped gradient of {name}", name=name), gradient * scale)
