"""The values on the way to codes."""

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.language import tr


def quantize_rows(weight: torch.Tensor) -> Landmarks:
    largest = weight.float().abs().amax(1)  # [out]
    yield Landmark(tr("the largest absolute value of each row"), largest)
    scale = torch.where(largest == 0, 1.0, largest / 127)
    yield Landmark(tr("the scales"), scale)
    divided = weight.float() / scale[:, None]
    yield Landmark(tr("the weights divided by their row's scale"), divided)
    yield Landmark(tr("the rounded quotients"), torch.round(divided))
