"""The values on the way to the loss.

The logits in float32 are none of them: all code has these, so reaching them says nothing.
"""

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.language import tr


def cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> Landmarks:
    shifted = logits.float() - logits.float().amax(-1, keepdim=True)  # [T, V]
    yield Landmark(tr("the logits minus the largest of their row"), shifted)
    sums = shifted.exp().sum(-1, keepdim=True)  # [T, 1]
    yield Landmark(tr("the sum of the exponentials of each row"), sums)
    log_probabilities = shifted - sums.log()
    yield Landmark(tr("the logarithms of the probabilities"), log_probabilities)
    right = log_probabilities.gather(-1, targets[:, None])[:, 0]  # [T]
    yield Landmark(tr("the logarithms of the targets' probabilities"), right)
