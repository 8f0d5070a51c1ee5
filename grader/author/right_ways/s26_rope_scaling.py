"""Other right ways to write stage 26."""

import math

import torch
from torch import Tensor

from grader.author.right_ways import right_way


@right_way("scaled_frequencies")
def as_meta_does(
    frequencies: Tensor, factor: float, low: float, high: float, context: float
) -> Tensor:
    """Three regions; the mix is computed for all, and kept for those in between."""
    low_wavelength, high_wavelength = context / low, context / high
    wavelength = 2 * torch.pi / frequencies
    new = torch.where(wavelength > low_wavelength, frequencies / factor, frequencies)
    smooth = (context / wavelength - low) / (high - low)
    between = (wavelength >= high_wavelength) & (wavelength <= low_wavelength)
    return torch.where(between, (1 - smooth) * new / factor + smooth * new, new)


@right_way("scaled_frequencies")
def as_transformers_does(
    frequencies: Tensor, factor: float, low: float, high: float, context: float
) -> Tensor:
    """Masks of what is neither fast nor slow, multiplied."""
    wavelength = 2 * math.pi / frequencies
    slow, fast = wavelength > context / low, wavelength < context / high
    new = torch.where(slow, frequencies / factor, frequencies)
    smooth = (context / wavelength - low) / (high - low)
    return torch.where(~fast * ~slow, (1 - smooth) * new / factor + smooth * new, new)


@right_way("scaled_frequencies")
def regions_in_nested_wheres(
    frequencies: Tensor, factor: float, low: float, high: float, context: float
) -> Tensor:
    """With the borders on the other side than Meta has them."""
    wavelength = (2 * math.pi) / frequencies
    smooth = (context / wavelength - low) / (high - low)
    mixed = (1 - smooth) * (frequencies / factor) + smooth * frequencies
    return torch.where(
        wavelength <= context / high,
        frequencies,
        torch.where(wavelength >= context / low, frequencies / factor, mixed),
    )


@right_way("scaled_frequencies")
def written_into_a_copy(
    frequencies: Tensor, factor: float, low: float, high: float, context: float
) -> Tensor:
    """In place, but not in the caller's tensor."""
    new = frequencies.clone()
    turns = context * frequencies / (2 * math.pi)
    smooth = (turns - low) / (high - low)
    new = new.masked_fill_(turns < high, 0.0)
    new += torch.where(turns < low, frequencies / factor, 0.0)
    between = (turns >= low) & (turns < high)
    return new.add_(((1 - smooth) * frequencies / factor + smooth * frequencies) * between)


@right_way("scaled_frequencies")
def masks_times_values(
    frequencies: Tensor, factor: float, low: float, high: float, context: float
) -> Tensor:
    turns = frequencies * context / (2 * math.pi)
    fast, slow = (turns > high).float(), (turns < low).float()
    share = (turns - low) / (high - low)
    mixed = share * frequencies + (1 - share) * frequencies / factor
    return fast * frequencies + slow * frequencies / factor + (1 - fast - slow) * mixed


@right_way("scaled_frequencies")
def by_lerp(frequencies: Tensor, factor: float, low: float, high: float, context: float) -> Tensor:
    share = (context * frequencies / math.tau - low) / (high - low)
    return torch.lerp(frequencies / factor, frequencies, share.clamp(min=0.0, max=1.0))


@right_way("scaled_frequencies")
def one_divisor_for_all(
    frequencies: Tensor, factor: float, low: float, high: float, context: float
) -> Tensor:
    """As vLLM and llama.cpp have it: a factor for each pair."""
    wavelength = 2 * math.pi / frequencies
    smooth = torch.clip((context / wavelength - low) / (high - low), 0, 1)
    return frequencies / (1 / ((1 - smooth) / factor + smooth))


@right_way("scaled_frequencies")
def what_is_lost_is_subtracted(
    frequencies: Tensor, factor: float, low: float, high: float, context: float
) -> Tensor:
    turns = frequencies.div(2 * math.pi).mul(context)
    lost = ((high - turns) / (high - low)).clamp(0, 1) * (1 - 1 / factor)
    return frequencies - lost * frequencies


@right_way("scaled_frequencies")
def in_float64(
    frequencies: Tensor, factor: float, low: float, high: float, context: float
) -> Tensor:
    wide = frequencies.double()
    share = (context * wide / (2 * math.pi) - low) / (high - low)
    share = torch.minimum(torch.maximum(share, torch.zeros_like(share)), torch.ones_like(share))
    return ((1 + (factor - 1) * share) / factor * wide).float()


@right_way("scaled_frequencies")
def pair_by_pair(
    frequencies: Tensor, factor: float, low: float, high: float, context: float
) -> Tensor:
    """A loop over tensors of one number each, which stay tensors."""
    new = []
    for frequency in frequencies:
        turns = context / (2 * math.pi / frequency)
        smooth = (turns - low) / (high - low)
        mixed = (1 - smooth) * frequency / factor + smooth * frequency
        slowed = torch.where(turns < low, frequency / factor, mixed)
        new.append(torch.where(turns > high, frequency, slowed))
    return torch.stack(new)
