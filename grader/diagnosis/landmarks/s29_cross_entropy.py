"""The values on the way to the loss that all right ways have in common, however they get there."""

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks


def cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> Landmarks:
    log_probabilities = torch.log_softmax(logits.float(), -1)  # [T, V]
    yield Landmark("the logarithms of the probabilities", log_probabilities)
    right = log_probabilities.gather(-1, targets[:, None])[:, 0]  # [T]
    yield Landmark("the logarithms of the targets' probabilities", right)
