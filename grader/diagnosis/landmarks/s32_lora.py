"""The values on the way through the small matrices."""

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.language import tr


def lora_linear(
    x: torch.Tensor, weight: torch.Tensor, a: torch.Tensor, b: torch.Tensor, alpha: float
) -> Landmarks:
    yield Landmark(tr("x times the transposed weight"), x @ weight.T)
    small = x @ a.T
    yield Landmark(tr("the r numbers that `a` makes from each vector"), small)
    learned = small @ b.T
    yield Landmark(tr("what `b` makes from the r numbers"), learned)
    yield Landmark(tr("what the small matrices add, scaled"), alpha / len(a) * learned)


def merge_lora(weight: torch.Tensor, a: torch.Tensor, b: torch.Tensor, alpha: float) -> Landmarks:
    product = b @ a
    yield Landmark(tr("the product of `b` and `a`"), product)
    yield Landmark(tr("the product of `b` and `a`, scaled"), alpha / len(a) * product)
