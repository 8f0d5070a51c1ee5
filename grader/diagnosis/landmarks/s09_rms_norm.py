"""The values on the way to normalized vectors."""

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.language import tr


def rms_norm(x: torch.Tensor, weight: torch.Tensor, eps: float) -> Landmarks:
    squares = x.float() ** 2  # [..., D]
    yield Landmark(tr("the squares of x"), squares)
    mean_square = squares.mean(-1, keepdim=True)  # [..., 1]
    yield Landmark(tr("the mean squares"), mean_square)
    yield Landmark(tr("the mean squares plus eps"), mean_square + eps)
    yield Landmark(tr("the root mean squares"), torch.sqrt(mean_square + eps))
    yield Landmark(tr("1 divided by the root mean squares"), torch.rsqrt(mean_square + eps))
    unit = x.float() * torch.rsqrt(mean_square + eps)
    yield Landmark(tr("x divided by its root mean square"), unit)
    yield Landmark(tr("x normalized, times weight"), unit * weight.float())


def normalised(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Return normalized vectors, float32."""
    *_, last = rms_norm(x, weight, eps)
    result: torch.Tensor = last.value
    return result
