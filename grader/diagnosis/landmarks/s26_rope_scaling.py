"""The values on the way to the scaled frequencies."""

import math

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.language import tr


def scaled_frequencies(
    frequencies: torch.Tensor,
    factor: float,
    low_freq_factor: float,
    high_freq_factor: float,
    original_context: float,
) -> Landmarks:
    wavelengths = 2 * math.pi / frequencies  # [d/2]
    yield Landmark(tr("the wavelengths"), wavelengths)
    turns = original_context / wavelengths  # [d/2]
    yield Landmark(tr("the turns in the original context"), turns)
    share = (turns - low_freq_factor) / (high_freq_factor - low_freq_factor)  # [d/2]
    yield Landmark(tr("the share of the old frequency, before any limit"), share)
