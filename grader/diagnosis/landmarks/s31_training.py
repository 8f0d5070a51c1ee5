"""The values on the way to a loss, and from there to new weights."""

from typing import Any

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.diagnosis.landmarks.s18_transformer import transformer

Weights = dict[str, torch.Tensor]


def batch_loss(batch: torch.Tensor, weights: Weights, params: dict[str, Any]) -> Landmarks:
    yield Landmark("the tokens that are read", batch[:, :-1])
    yield Landmark("the targets", batch[:, 1:])
    hidden = torch.stack([_hidden(row[:-1], weights, params) for row in batch])  # [B, T, D]
    yield Landmark("the model's vectors", hidden)
    logits = hidden @ weights["output.weight"].T  # [B, T, V]
    yield Landmark("the logits", logits)
    right = torch.log_softmax(logits, -1).gather(2, batch[:, 1:, None])  # [B, T, 1]
    yield Landmark("the loss of each row", -right.mean((1, 2)))


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
    yield Landmark("the loss", loss.detach())
    gradients = dict(zip(leaves, torch.autograd.grad(loss, list(leaves.values())), strict=True))
    for name, gradient in gradients.items():
        yield Landmark(f"the gradient of {name}", gradient)
    norm = torch.stack([one.square().sum() for one in gradients.values()]).sum().sqrt()
    scale = torch.clamp(optimizer["max_norm"] / norm, max=1.0)
    for name, gradient in gradients.items():
        yield Landmark(f"the clipped gradient of {name}", gradient * scale)


def _hidden(tokens: torch.Tensor, weights: Weights, params: dict[str, Any]) -> torch.Tensor:
    *_, last = transformer(tokens, weights, params)
    return last.value
