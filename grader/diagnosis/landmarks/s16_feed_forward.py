"""The values on the way through the feed-forward network."""

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.language import tr


def feed_forward(
    x: torch.Tensor, w1: torch.Tensor, w2: torch.Tensor, w3: torch.Tensor
) -> Landmarks:
    gate = x @ w1.T  # [T, F]
    yield Landmark(tr("the product of x and w1"), gate, "gate")
    yield Landmark(tr("the SiLU of the product of x and w1"), gate * torch.sigmoid(gate), "gate")
    yield Landmark(tr("the product of x and w3"), x @ w3.T, "up")
    yield Landmark(tr("the gated values"), gate * torch.sigmoid(gate) * (x @ w3.T))


def fed_forward(
    x: torch.Tensor, w1: torch.Tensor, w2: torch.Tensor, w3: torch.Tensor
) -> torch.Tensor:
    """Return the result of the feed-forward network for x, `[T, D]`."""
    *_, gated = feed_forward(x, w1, w2, w3)
    return gated.value @ w2.T
