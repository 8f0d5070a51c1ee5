"""The numbers of lesson 26."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch

from benchmarks.figures import figures
from grader import llama3_8b
from solutions.s10_freqs_cis import rope_frequencies
from solutions.s26_rope_scaling import scaled_frequencies

FACTOR, LOW, HIGH, CONTEXT = LLAMA_3_1 = (8, 1, 4, 8192)
SMALL_FACTOR = 32  # of Llama 3.2's models with 1B and 3B
LONG_CONTEXT = 131072  # of Llama 3.1
HAND_CONTEXT = 1000


def old() -> torch.Tensor:
    head_dim = llama3_8b.PARAMS["dim"] // llama3_8b.PARAMS["n_heads"]
    return rope_frequencies(head_dim, llama3_8b.PARAMS["rope_theta"])


def new() -> torch.Tensor:
    return scaled_frequencies(old(), *LLAMA_3_1)


def wavelengths(frequencies: torch.Tensor) -> list[float]:
    return (2 * math.pi / frequencies).tolist()


def by_hand() -> torch.Tensor:
    return torch.tensor([1.0, 0.1, 0.01, 0.001])


def hand_turns() -> list[float]:
    return [HAND_CONTEXT / wavelength for wavelength in wavelengths(by_hand())]


def hand_share() -> float:
    return (hand_turns()[2] - LOW) / (HIGH - LOW)


@figures("8", "1", "4", "8192", "32", "8,192", "131,072", "65,536")
def settings_and_contexts() -> Sequence[float]:
    return *LLAMA_3_1, SMALL_FACTOR, CONTEXT, LONG_CONTEXT, FACTOR * CONTEXT


@figures("0", "1", "1,304", "63", "0.0032", "0.0201", "0.161")
def two_hands() -> Sequence[float]:
    first, last = old()[0].item(), old()[63].item()
    angles = CONTEXT * last, FACTOR * CONTEXT * last
    turns = [CONTEXT * frequency / (2 * math.pi) for frequency in (first, last)]
    assert math.isclose(FACTOR * CONTEXT * new()[63].item(), angles[0], rel_tol=1e-6)
    return 0, first, turns[0], 63, turns[1], *angles


@figures("64", "28", "29", "34", "35")
def regions() -> Sequence[float]:
    kept, divided = new() == old(), torch.isclose(new(), old() / FACTOR, rtol=1e-6)
    fast, slow = int(kept.sum()), int(divided.sum())
    assert kept[:fast].all() and divided[-slow:].all()
    assert (fast, slow) == (29, 29)
    return len(old()), fast - 1, fast, 63 - slow, 64 - slow


@figures("0.125", "1")
def pair_0_slowed_down_too() -> Sequence[float]:
    return old()[0].item() / FACTOR, old()[0].item()


@figures("6,695", "65,750")
def a_jump_without_the_mix() -> Sequence[float]:
    return wavelengths(old())[34], wavelengths(old() / FACTOR)[35]


@figures("2,900", "4,580", "7,334", "11,971", "20,094", "35,198", "65,750")
def wavelengths_with_the_mix() -> Sequence[float]:
    assert all(one < other for one, other in pairwise(wavelengths(new())))
    return wavelengths(new())[29:36]


@figures("1", "0.1", "0.01", "0.001", "1000", "2", "3")
def frequencies_by_hand() -> Sequence[float]:
    return *by_hand().tolist(), HAND_CONTEXT, 2, 3


@figures("6.283", "62.83", "628.3", "6283")
def wavelengths_by_hand() -> Sequence[float]:
    return wavelengths(by_hand())


@figures("159.2", "15.92", "1.592", "0.1592")
def turns_by_hand() -> Sequence[float]:
    return hand_turns()


@figures("0.1972", "0.8028", "0.001972", "0.008028", "0.0010035")
def the_mix_of_pair_2() -> Sequence[float]:
    share, frequency = hand_share(), 0.01
    rest = (1 - share) * frequency
    return share, 1 - share, share * frequency, rest, rest / FACTOR


@figures("1", "0.1", "0.002975", "0.000125")
def new_frequencies_by_hand() -> Sequence[float]:
    return scaled_frequencies(by_hand(), FACTOR, LOW, HIGH, HAND_CONTEXT).tolist()
