"""The values on the way to new weights."""

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.language import tr


def clip_gradients(gradients: dict[str, torch.Tensor], max_norm: float) -> Landmarks:
    squares = torch.stack([gradient.square().sum() for gradient in gradients.values()])
    yield Landmark(tr("the sum of all squares"), squares.sum())
    norm = squares.sum().sqrt()
    yield Landmark(tr("the global norm"), norm)
    yield Landmark(tr("the scale of all gradients"), torch.clamp(max_norm / norm, max=1.0))


def adamw_step(
    weight: torch.Tensor,
    gradient: torch.Tensor,
    mean: torch.Tensor,
    variance: torch.Tensor,
    step: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
) -> Landmarks:
    squared = gradient.square()
    yield Landmark(tr("the squares of the gradient"), squared, "0/variance")
    variance = beta2 * variance + (1 - beta2) * squared
    yield Landmark(tr("the new variance"), variance, "0/variance")
    unbiased_variance = variance / (1 - beta2**step)
    yield Landmark(tr("the corrected variance"), unbiased_variance, "0/variance")
    root = unbiased_variance.sqrt() + eps
    yield Landmark(tr("the root of the corrected variance, plus eps"), root, "0/variance")
    mean = beta1 * mean + (1 - beta1) * gradient
    yield Landmark(tr("the new mean"), mean, "0/mean")
    unbiased_mean = mean / (1 - beta1**step)
    yield Landmark(tr("the corrected mean"), unbiased_mean, "0/mean")
    direction = unbiased_mean / root
    yield Landmark(tr("the corrected mean divided by the root"), direction, "0")
    yield Landmark(tr("the learning rate times that quotient"), lr * direction, "0")
    decayed = weight * (1 - lr * weight_decay)
    yield Landmark(tr("the decayed weight"), decayed, "1")
    yield Landmark(tr("the new weight"), decayed - lr * direction)
