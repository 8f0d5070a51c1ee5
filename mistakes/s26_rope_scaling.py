"""The ways that stage 26 goes wrong."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from grader.diagnosis import mistake, worked_out
from solutions.s26_rope_scaling import scaled_frequencies


def turns_of(frequencies: Tensor, context: float) -> Tensor:
    """Return how often each pair turns in the original context."""
    return context * frequencies / (2 * math.pi)


def linear(turns: Tensor, low: float, high: float) -> Tensor:
    """Return the share of the old frequency, without limits."""
    return (turns - low) / (high - low)


def limited(turns: Tensor, low: float, high: float) -> Tensor:
    return linear(turns, low, high).clamp(0, 1)


def mix(frequencies: Tensor, kept: Tensor, factor: float) -> Tensor:
    return kept * frequencies + (1 - kept) * frequencies / factor


@worked_out("scaled_frequencies")
def scaled_with(
    frequencies: Tensor,
    factor: float,
    low: float,
    high: float,
    context: float,
    *,
    turns: Callable[[Tensor, float], Tensor] = turns_of,
    share: Callable[[Tensor, float, float], Tensor] = limited,
    join: Callable[[Tensor, Tensor, float], Tensor] = mix,
) -> Tensor:
    """Do what the reference does, except for the steps passed by name."""
    return join(frequencies, share(turns(frequencies, context), low, high), factor)


@worked_out("scaled_frequencies")
def by_region(
    frequencies: Tensor,
    factor: float,
    low: float,
    high: float,
    context: float,
    *,
    fast: Callable[[Tensor, float], Tensor] = lambda old, factor: old,
    slow: Callable[[Tensor, float], Tensor] = lambda old, factor: old / factor,
    between: Callable[[Tensor, Tensor, float], Tensor] = mix,
    share: Callable[[Tensor, float, float], Tensor] = linear,
) -> Tensor:
    """Do what the reference does, region by region, except for the steps passed by name."""
    turns = turns_of(frequencies, context)
    mixed = between(frequencies, share(turns, low, high), factor)
    not_fast = torch.where(turns < low, slow(frequencies, factor), mixed)
    return torch.where(turns > high, fast(frequencies, factor), not_fast)


@mistake("scaled_frequencies", "the frequencies come back unchanged")
def unchanged(frequencies: Tensor, *settings: float) -> Tensor:
    """You return the old frequencies. Either you compute new ones and return the wrong variable, or
    your code treats every pair as fast. Print the wavelengths: the last pairs should have the
    longest ones, thousands of positions."""
    return frequencies.clone()


@mistake("scaled_frequencies", "every pair is slowed down")
def all_divided(frequencies: Tensor, factor: float, *settings: float) -> Tensor:
    """You divide every frequency by the factor. That method exists, and is called position
    interpolation, but it also slows down the fast pairs, which tell neighboring tokens apart. Here
    the fast pairs keep their frequency."""
    return frequencies / factor


@mistake("scaled_frequencies", "2π is missing from the wavelength")
def two_pi_forgotten(frequencies: Tensor, *settings: float) -> Tensor:
    """You take 1 divided by the frequency as the wavelength. A frequency is the number of radians
    per position, so 1 divided by it is the number of positions in which a pair turns by 1 radian. A
    full turn takes more than six times as many positions."""
    return scaled_with(frequencies, *settings, turns=lambda f, context: context * f)


@mistake("scaled_frequencies", "a wavelength is half a turn")
def half_a_turn(frequencies: Tensor, *settings: float) -> Tensor:
    """You use π where a full turn is needed, so all your wavelengths are half as long as they
    should be. How many radians are there in a full turn?"""
    return scaled_with(frequencies, *settings, turns=lambda f, context: context * f / math.pi)


@mistake("scaled_frequencies", "the turns are divided by 2 and multiplied by π")
def multiplied_by_pi(frequencies: Tensor, *settings: float) -> Tensor:
    """You divide by 2 and then multiply by π, because Python goes through `/` and `*` from left to
    right. That gives nearly ten times too many turns. Which product should you divide by?"""
    return scaled_with(frequencies, *settings, turns=lambda f, context: context * f / 2 * math.pi)


@mistake("scaled_frequencies", "the angles are taken for degrees")
def in_degrees(frequencies: Tensor, *settings: float) -> Tensor:
    """You take a full turn to be 360, as it is in degrees. The frequencies are in radians, so your
    numbers of turns are far too small. What is a full turn in radians?"""
    return scaled_with(frequencies, *settings, turns=lambda f, context: context * f / 360)


@mistake("scaled_frequencies", "whole turns are counted")
def whole_turns(frequencies: Tensor, *settings: float) -> Tensor:
    """You round the number of turns in the original context down to a whole number, for example
    with `//`. The mix then changes in steps, and several pairs get the same share. Keep the
    fraction."""
    return scaled_with(frequencies, *settings, turns=lambda f, c: turns_of(f, c).floor())


@mistake("scaled_frequencies", "the longer context is used, not the original one")
def longer_context(
    frequencies: Tensor, factor: float, low: float, high: float, context: float
) -> Tensor:
    """You multiply the original context by the factor before you use it, so fewer pairs count as
    slow. What matters is how far a pair turned in the texts that the model was first trained on."""
    return scaled_frequencies(frequencies, factor, low, high, context * factor)


@mistake("scaled_frequencies", "the fast pairs are slowed down, and the slow ones stay")
def regions_swapped(frequencies: Tensor, *settings: float) -> Tensor:
    """You divide the frequencies of the fast pairs and keep the slow ones. It should be the other
    way around. A fast pair has a short wavelength and a large frequency: did you compare
    frequencies where you meant wavelengths, or turn a comparison around?"""
    return scaled_with(frequencies, *settings, share=lambda *args: 1 - limited(*args))


@mistake("scaled_frequencies", "the two shares of the mix are swapped")
def shares_swapped(frequencies: Tensor, *settings: float) -> Tensor:
    """Your fast and slow pairs are right, but for the pairs in between, your two shares are
    swapped: a pair that is almost fast is slowed down the most. The more a pair turns, the more of
    its old frequency it keeps."""
    return by_region(frequencies, *settings, share=lambda *args: 1 - linear(*args))


@mistake("scaled_frequencies", "the pairs in between are not slowed down at all")
def between_kept(frequencies: Tensor, *settings: float) -> Tensor:
    """You divide the frequencies of the slow pairs and keep all others, so the frequencies jump
    where the slow pairs end. The pairs in between should lead from the divided frequencies to the
    old ones without a jump."""
    return by_region(frequencies, *settings, between=lambda old, share, factor: old)


@mistake("scaled_frequencies", "the pairs in between count as slow")
def between_divided(frequencies: Tensor, *settings: float) -> Tensor:
    """You keep the frequencies of the fast pairs and divide all others by the factor, so the
    frequencies jump where the fast pairs begin. The pairs in between should lead from the divided
    frequencies to the old ones without a jump."""
    return by_region(frequencies, *settings, between=lambda old, share, factor: old / factor)


@mistake("scaled_frequencies", "the slow pairs are not slowed down")
def slow_kept(frequencies: Tensor, *settings: float) -> Tensor:
    """Your pairs in between are right, but the slow pairs keep their old frequency. If you use
    `torch.where` twice, the second call may start from the old frequencies and drop what the first
    one did."""
    return by_region(frequencies, *settings, slow=lambda old, factor: old)


@mistake("scaled_frequencies", "the fast pairs are divided as well")
def fast_divided(frequencies: Tensor, *settings: float) -> Tensor:
    """Your pairs in between are right, but you divide the fast pairs as well as the slow ones. Fast
    pairs keep their frequency: they turned many times in the original context, so the model has
    seen all their angles."""
    return by_region(frequencies, *settings, fast=lambda old, factor: old / factor)


@mistake("scaled_frequencies", "the fast pairs are mixed as well")
def fast_mixed(frequencies: Tensor, *settings: float) -> Tensor:
    """Your share of the old frequency has no upper limit. For fast pairs it is above 1, so they
    turn even faster than before. They should keep their frequency."""
    return scaled_with(frequencies, *settings, share=lambda *args: linear(*args).clamp(min=0))


@mistake("scaled_frequencies", "the slow pairs are mixed as well")
def slow_mixed(frequencies: Tensor, *settings: float) -> Tensor:
    """Your share of the old frequency has no lower limit. For slow pairs it is negative, so their
    new frequencies are too low, and some are even below 0. A slow pair's share is 0."""
    return scaled_with(frequencies, *settings, share=lambda *args: linear(*args).clamp(max=1))


@mistake("scaled_frequencies", "all pairs are mixed")
def all_mixed(frequencies: Tensor, *settings: float) -> Tensor:
    """You use the mix for every pair, but it is only right between slow and fast. Outside, the
    share leaves the range from 0 to 1, so fast pairs get faster and slow ones may turn backward. If
    you use masks, check whether they are joined by "and" or by "or"."""
    return scaled_with(frequencies, *settings, share=linear)


@mistake("scaled_frequencies", "the share is linear in the wavelength")
def share_by_wavelength(frequencies: Tensor, *settings: float) -> Tensor:
    """Your share falls in a straight line as the wavelength grows. It should grow in a straight
    line with the number of turns in the original context. That number is inversely proportional to
    the wavelength, so your share and the right one agree only at the borders."""
    return scaled_with(
        frequencies,
        *settings,
        share=lambda turns, low, high: limited(1 / turns, 1 / low, 1 / high),
    )


@mistake("scaled_frequencies", "the share grows with the wavelength")
def share_of_wavelength(frequencies: Tensor, *settings: float) -> Tensor:
    """Your share grows from 0 to 1 with the wavelength, so between the borders, a slower pair keeps
    more of its old frequency. The share should grow with the number of turns in the original
    context. That number is inversely proportional to the wavelength, so 1 minus your share would be
    wrong, too."""
    return by_region(
        frequencies,
        *settings,
        share=lambda turns, low, high: 1 - limited(1 / turns, 1 / low, 1 / high),
    )


@mistake("scaled_frequencies", "the share is evenly spread over the pairs")
def share_by_index(frequencies: Tensor, *settings: float) -> Tensor:
    """You spread the share evenly over the pairs in between, by their index. The share depends on
    how often a pair turns in the original context, and the indices say nothing about that."""

    def spread(turns: Tensor, low: float, high: float) -> Tensor:
        kept = limited(turns, low, high)
        between = (turns >= low) & (turns <= high)
        kept[between] = torch.linspace(1, 0, int(between.sum()))
        return kept

    return scaled_with(frequencies, *settings, share=spread)


@mistake("scaled_frequencies", "the share is not divided")
def share_not_divided(frequencies: Tensor, *settings: float) -> Tensor:
    """Your share is the number of turns minus `low_freq_factor`, and nothing scales it. It should
    be 1 where the fast pairs begin, whatever the two factors are."""
    return by_region(frequencies, *settings, share=lambda turns, low, high: turns - low)


@mistake("scaled_frequencies", "low_freq_factor is not subtracted from the turns")
def low_not_subtracted(frequencies: Tensor, *settings: float) -> Tensor:
    """You divide the turns by the distance between the two factors without subtracting anything
    first. The share is then too large. It should be 0 where the slow pairs end."""
    return by_region(frequencies, *settings, share=lambda turns, low, high: turns / (high - low))


@mistake("scaled_frequencies", "high_freq_factor is subtracted from the turns")
def high_subtracted(frequencies: Tensor, *settings: float) -> Tensor:
    """Your share is 0 where the fast pairs begin, and negative for all pairs in between. It should
    start from 0 at the other end, where the slow pairs are."""
    return by_region(
        frequencies, *settings, share=lambda turns, low, high: (turns - high) / (high - low)
    )


@mistake("scaled_frequencies", "the share is divided by high_freq_factor alone")
def divided_by_high(frequencies: Tensor, *settings: float) -> Tensor:
    """You divide by `high_freq_factor`, so your share doesn't reach 1 where the fast pairs begin,
    and the frequencies jump there. Divide by the whole distance from one border to the other."""
    return by_region(frequencies, *settings, share=lambda turns, low, high: (turns - low) / high)


@mistake("scaled_frequencies", "the share is divided by high_freq_factor alone, and limited")
def divided_by_high_and_limited(frequencies: Tensor, *settings: float) -> Tensor:
    """You divide by `high_freq_factor` and limit the share to 1. Where the fast pairs begin, the
    share is still below 1, so the fast pairs near that border are slowed down as well. How far is
    it from one border to the other?"""
    return scaled_with(
        frequencies, *settings, share=lambda turns, low, high: ((turns - low) / high).clamp(0, 1)
    )


@mistake("scaled_frequencies", "low_freq_factor is not subtracted, and the share is limited")
def low_not_subtracted_but_limited(frequencies: Tensor, *settings: float) -> Tensor:
    """You divide the turns by the distance between the two factors, subtract nothing first, and
    limit the share to 1. Then even the slow pairs keep a share of their old frequency. At which
    number of turns should the share be 0?"""
    return scaled_with(
        frequencies, *settings, share=lambda turns, low, high: (turns / (high - low)).clamp(0, 1)
    )


@mistake("scaled_frequencies", "the share is the turns divided by high_freq_factor")
def turns_over_high(frequencies: Tensor, *settings: float) -> Tensor:
    """You take the turns divided by `high_freq_factor` as the share. It is 1 where the fast pairs
    begin, but the slow pairs keep a part of their old frequency, because `low_freq_factor` plays no
    role. Their share should be 0."""
    return scaled_with(
        frequencies, *settings, share=lambda turns, low, high: (turns / high).clamp(0, 1)
    )


@mistake("scaled_frequencies", "the share is not divided, but limited")
def share_not_divided_but_limited(frequencies: Tensor, *settings: float) -> Tensor:
    """You subtract `low_freq_factor` from the turns, limit that to 1, and take the result as the
    share. The share then reaches 1 just one turn after the slow pairs end, no matter where the fast
    ones begin."""
    return scaled_with(
        frequencies, *settings, share=lambda turns, low, high: (turns - low).clamp(0, 1)
    )


@mistake("scaled_frequencies", "the two factors are added")
def factors_added(frequencies: Tensor, *settings: float) -> Tensor:
    """You divide by the sum of `low_freq_factor` and `high_freq_factor`. The share should grow from
    0 to 1 on the way from one factor to the other: how far apart are the two?"""
    return scaled_with(
        frequencies,
        *settings,
        share=lambda turns, low, high: ((turns - low) / (high + low)).clamp(0, 1),
    )


@mistake("scaled_frequencies", "only the share of the old frequency is counted")
def old_share_alone(frequencies: Tensor, *settings: float) -> Tensor:
    """For the pairs in between, you multiply the old frequency by its share and leave out the other
    part of the mix, the divided frequency."""
    return by_region(frequencies, *settings, between=lambda old, share, factor: share * old)


@mistake("scaled_frequencies", "the divided frequency is added in full")
def shares_above_one(frequencies: Tensor, *settings: float) -> Tensor:
    """For the pairs in between, you add the whole divided frequency to a share of the old one. The
    two shares should sum to 1: the more of one, the less of the other."""
    return by_region(
        frequencies, *settings, between=lambda old, share, factor: share * old + old / factor
    )


@mistake("scaled_frequencies", "the divided frequency is divided again")
def divided_twice(frequencies: Tensor, *settings: float) -> Tensor:
    """For the pairs in between, you divide one part of the mix by the factor twice. Does your mix
    start from frequencies that have already been divided?"""

    def twice(old: Tensor, share: Tensor, factor: float) -> Tensor:
        return mix(old, share, factor**2)

    return by_region(frequencies, *settings, between=twice)


@mistake("scaled_frequencies", "the whole mix is divided by the factor")
def mix_divided(frequencies: Tensor, *settings: float) -> Tensor:
    """For the pairs in between, you divide both parts of the mix by the factor, so the frequencies
    jump next to the fast pairs. Only one of the two parts is a divided frequency; the other is the
    old one."""
    return by_region(
        frequencies, *settings, between=lambda old, share, factor: mix(old, share, factor) / factor
    )


@mistake("scaled_frequencies", "the wavelengths are mixed, not the frequencies")
def wavelengths_mixed(frequencies: Tensor, *settings: float) -> Tensor:
    """You mix the old wavelength with the longer one and turn the result back into a frequency. The
    inverse of an average isn't the average of the inverses. Mix the frequencies themselves."""
    return scaled_with(
        frequencies, *settings, join=lambda old, kept, factor: old / (kept + (1 - kept) * factor)
    )


@mistake("scaled_frequencies", "the frequencies are multiplied by the factor")
def multiplied(frequencies: Tensor, factor: float, *settings: float) -> Tensor:
    """You multiply by the factor, so the slow pairs get faster. In a longer text they should turn
    more slowly, so that they don't reach angles that the model has never seen."""
    return scaled_frequencies(frequencies, 1 / factor, *settings)


@mistake("scaled_frequencies", "the slow pairs are divided by high_freq_factor")
def wrong_divisor(frequencies: Tensor, factor: float, low: float, *rest: float) -> Tensor:
    """You divide by `high_freq_factor`. That number only says where the fast pairs begin. The
    argument `factor` says how much slower the slow pairs become."""
    return scaled_frequencies(frequencies, rest[0], low, *rest)


@mistake("scaled_frequencies", "the pairs in between stop turning")
def between_stopped(frequencies: Tensor, *settings: float) -> Tensor:
    """Your pairs in between have the frequency 0. If you start from zeros and fill in the three
    regions, one of them is still missing."""
    return by_region(frequencies, *settings, between=lambda old, share, factor: old * 0)


@mistake("scaled_frequencies", "the context is multiplied by the two factors, not divided")
def borders_multiplied(frequencies: Tensor, *settings: float) -> Tensor:
    """You multiply the original context by `low_freq_factor` and `high_freq_factor` to find the
    borders between the regions. The larger factor belongs to the fast pairs, so it should give the
    shorter of the two wavelengths. Multiplying makes it the longer one."""
    return scaled_with(
        frequencies,
        *settings,
        share=lambda turns, low, high: torch.where(
            turns > 1 / high, 1.0, torch.where(turns < 1 / low, 0.0, linear(turns, low, high))
        ),
    )


@mistake("scaled_frequencies", "factor is fixed at 8")
def factor_fixed_at_8(frequencies: Tensor, factor: float, *settings: float) -> Tensor:
    """You divide by 8, whatever factor the caller passes. That's right for Llama 3.1, but the small
    models of Llama 3.2 have 32: use the argument."""
    return scaled_frequencies(frequencies, 8.0, *settings)


@mistake("scaled_frequencies", "low_freq_factor is fixed at 1")
def low_fixed_at_1(
    frequencies: Tensor, factor: float, low: float, high: float, context: float
) -> Tensor:
    """You count every pair that makes less than one turn as slow, whatever `low_freq_factor` is.
    All models of Llama 3.1 to 3.3 have 1 here, but others may not: use the argument."""
    return scaled_frequencies(frequencies, factor, 1.0, high, context)


@mistake("scaled_frequencies", "high_freq_factor is fixed at 4")
def high_fixed_at_4(
    frequencies: Tensor, factor: float, low: float, high: float, context: float
) -> Tensor:
    """You count every pair that makes more than four turns as fast, whatever `high_freq_factor` is.
    All models of Llama 3.1 to 3.3 have 4 here, but others may not: use the argument."""
    return scaled_frequencies(frequencies, factor, low, 4.0, context)


@mistake("scaled_frequencies", "original_context is fixed at 8192")
def context_fixed_at_8192(
    frequencies: Tensor, factor: float, low: float, high: float, context: float
) -> Tensor:
    """You take 8192 as the original context, whatever the caller passes. Llama 3 was first trained
    on texts of that length, but other models weren't: use the argument."""
    return scaled_frequencies(frequencies, factor, low, high, 8192)


@mistake("scaled_frequencies", "the wavelengths are returned")
def wavelengths_returned(frequencies: Tensor, *settings: float) -> Tensor:
    """You return the new wavelengths, in positions per turn. Stage 10 multiplies positions by
    frequencies, in radians per position: convert the wavelengths back."""
    return 2 * math.pi / scaled_frequencies(frequencies, *settings)


@mistake("scaled_frequencies", "the shares are returned")
def shares_returned(
    frequencies: Tensor, factor: float, low: float, high: float, context: float
) -> Tensor:
    """You return each pair's share of its old frequency, a number from 0 to 1. You still have to
    mix the two frequencies by these shares."""
    return limited(turns_of(frequencies, context), low, high)


@mistake("scaled_frequencies", "the result is in reverse order")
def reversed_order(frequencies: Tensor, *settings: float) -> Tensor:
    """Your frequencies are right, but they go from the slowest pair to the fastest. Entry i of the
    result belongs to pair i, so keep the order of the argument."""
    return scaled_frequencies(frequencies, *settings).flip(0)


@mistake("scaled_frequencies", "the pairs in between are missing")
def between_missing(
    frequencies: Tensor, factor: float, low: float, high: float, context: float
) -> Tensor:
    """You return the fast and the slow pairs and leave out the pairs in between, so there are fewer
    frequencies than before. Every pair needs a frequency, at its old index."""
    turns = turns_of(frequencies, context)
    return torch.cat([frequencies[turns > high], frequencies[turns < low] / factor])


@mistake("scaled_frequencies", "a tuple is returned, as in transformers")
def pair_returned(frequencies: Tensor, *settings: float) -> tuple[Tensor, float]:
    """You return a tuple. Hugging Face's function does so, because other kinds of scaling also need
    a number to multiply the queries and keys by. Here the frequencies are all we need."""
    return scaled_frequencies(frequencies, *settings), 1.0


@mistake("scaled_frequencies", "the result is float64")
def in_float64(frequencies: Tensor, *settings: float) -> Tensor:
    """Your values are right, but they are float64, the default of NumPy and Python. Computing in
    float64 is fine, but the result should be float32, like the argument."""
    return scaled_frequencies(frequencies, *settings).double()


@mistake("scaled_frequencies", "the frequencies are rounded to bfloat16")
def rounded_to_bfloat16(frequencies: Tensor, *settings: float) -> Tensor:
    """Your frequencies keep only the two or three digits of bfloat16. In a long text the error is
    multiplied by a large position. Stay in float32, whatever dtype the weights have."""
    return scaled_frequencies(frequencies, *settings).bfloat16().float()


@mistake("scaled_frequencies", "the frequencies are changed in place")
def changed_in_place(frequencies: Tensor, *settings: float) -> Tensor:
    """Your values are right, but you write the new frequencies into the caller's tensor. If the
    caller scales that tensor again, its frequencies are scaled twice. Make a new tensor."""
    return frequencies.copy_(scaled_frequencies(frequencies, *settings))


@mistake("scaled_frequencies", "numbers are read out of the tensor")
def numbers_read_out(frequencies: Tensor, *settings: float) -> Tensor:
    """Your values are right, but you read the numbers out of the tensor, for example with `tolist`.
    On a GPU, Python has to wait for them. Keep them in tensors."""
    return torch.tensor(scaled_frequencies(frequencies, *settings).tolist())


@mistake("scaled_frequencies", "Python looks at single numbers of a tensor")
def python_decides(frequencies: Tensor, *settings: float) -> Tensor:
    """Your values are right, but Python looks at single numbers of a tensor, for example in an `if`
    or with `item`. On a GPU, Python has to wait for each of them. Let torch choose between the
    values of all pairs at once."""
    if frequencies[0] > 0:
        return scaled_frequencies(frequencies, *settings)
    return frequencies
