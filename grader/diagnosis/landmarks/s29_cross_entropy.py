"""The values on the way to the loss.

The logits in float32 aren't listed: all code has them, so reaching them says nothing.
"""

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.language import tr


def cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> Landmarks:
    shifted = logits.float() - logits.float().amax(-1, keepdim=True)  # [T, V]
    yield Landmark(tr("the logits minus the largest logit of their row"), shifted)
    sums = shifted.exp().sum(-1, keepdim=True)  # [T, 1]
    yield Landmark(tr("the sum of the exponentials of each row"), sums)
    log_probabilities = shifted - sums.log()
    yield Landmark(tr("the log probabilities"), log_probabilities)
    right = log_probabilities.gather(-1, targets[:, None])[:, 0]  # [T]
    yield Landmark(tr("the targets' log probabilities"), right)
