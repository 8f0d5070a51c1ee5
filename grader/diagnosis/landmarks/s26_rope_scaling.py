"""The values on the way to the scaled frequencies."""

import math

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks


def scaled_frequencies(
    frequencies: torch.Tensor,
    factor: float,
    low_freq_factor: float,
    high_freq_factor: float,
    original_context: float,
) -> Landmarks:
    wavelengths = 2 * math.pi / frequencies  # [d/2]
    yield Landmark("the wavelengths", wavelengths, "regions")
    turns = original_context / wavelengths  # [d/2]
    yield Landmark("the turns in the original context", turns, "regions")
    share = (turns - low_freq_factor) / (high_freq_factor - low_freq_factor)  # [d/2]
    yield Landmark("the share of the old frequency, before any limits", share, "regions")
    yield Landmark("the share, limited to 0 and 1", share.clamp(0, 1), "regions")
    yield Landmark("the divided frequencies", frequencies / factor, "divided")
    mixed = share * frequencies + (1 - share) * frequencies / factor
    yield Landmark("the mix of old and divided frequencies, for all pairs", mixed)
