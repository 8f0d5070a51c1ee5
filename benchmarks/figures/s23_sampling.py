"""The numbers of lesson 23."""

import math
from collections.abc import Sequence
from functools import cache

import torch

from benchmarks.figures import figures
from benchmarks.figures.trained_tiny_model import encoded, logits_after
from solutions.s23_sampling import next_token_probabilities, sample

A_CHOICE_OF_SIX = "the answer to the ultimate question of life, the universe, and"
ONE, TOP_P = 1.0, 0.9
HAND = torch.tensor([2.0, 8.0, 1.0, 4.0]).log()  # logits of fish, 42, ! and towel


@cache
def logits() -> torch.Tensor:
    return logits_after(encoded(A_CHOICE_OF_SIX))


def share_of_the_others(temperature: float) -> float:
    """Return the probability of all tokens but the six most likely ones."""
    probabilities = next_token_probabilities(logits(), temperature, 1.0)
    return probabilities.sort(descending=True).values[6:].sum().item()


@figures("762", "768", "0.42", "1", "241")
def draws_that_make_no_sense() -> Sequence[float]:
    share = share_of_the_others(ONE)
    return len(logits()) - 6, len(logits()), 100 * share, ONE, 1 / share


@figures("2", "4", leeway=0.2)
def nearly_one_draw_in_four() -> Sequence[float]:
    temperature = 2.0
    return temperature, 1 / share_of_the_others(temperature)


@figures("170")
def tokens_until_half_of_all_texts_have_a_bad_draw() -> Sequence[float]:
    """Return how many are enough, to ten."""
    enough = math.log(0.5) / math.log(1 - share_of_the_others(ONE))
    return (10 * math.ceil(enough / 10),)


@figures("2", "8", "1", "4", "15")
def exponentials_by_hand() -> Sequence[float]:
    return [*HAND.exp().tolist(), HAND.exp().sum().item()]


@figures("0.5", "4", "64", "1", "16")
def exponentials_at_temperature_a_half() -> Sequence[float]:
    temperature = 0.5
    return [temperature, *(HAND / temperature).exp().tolist()]


@figures("0", "1", "2", "3", "0.69", "2.08", "0", "1.39")
def logits_by_hand() -> Sequence[float]:
    return [*range(len(HAND)), *HAND.tolist()]


@figures("0.047", "0.753", "0.012", "0.188")
def probabilities_at_temperature_a_half() -> Sequence[float]:
    return next_token_probabilities(HAND, 0.5, 1.0).tolist()


@figures("0.133", "0.533", "0.067", "0.267")
def probabilities_at_temperature_1() -> Sequence[float]:
    return next_token_probabilities(HAND, 1.0, 1.0).tolist()


@figures("0.195", "0.391", "0.138", "0.276")
def probabilities_at_temperature_2() -> Sequence[float]:
    return next_token_probabilities(HAND, 2.0, 1.0).tolist()


@figures("0", "0.533", "0.8", "0.933", "14/15")
def sums_ahead() -> Sequence[float]:
    ordered = next_token_probabilities(HAND, 1.0, 1.0).double().sort(descending=True).values
    before = ordered.cumsum(-1) - ordered
    return [*before.tolist(), round(ordered[before < TOP_P].sum().item() * 15) / 15]


@figures("0.143", "0.571", "0", "0.286", "2/14", "8/14", "4/14")
def what_is_returned_by_hand() -> Sequence[float]:
    kept = next_token_probabilities(HAND, 1.0, TOP_P)
    fourteenths = [round(share * 14) / 14 for share in kept[kept > 0].tolist()]
    return [*kept.tolist(), *fourteenths]


@figures("0.143", "0.714", "0.714", "1")
def running_sums_by_hand() -> Sequence[float]:
    return next_token_probabilities(HAND, 1.0, TOP_P).cumsum(-1).tolist()


@figures("0.1", "0", "0.5", "1", "0.8", "3")
def coins_by_hand() -> Sequence[float]:
    kept = next_token_probabilities(HAND, 1.0, TOP_P)
    return [number for coin in (0.1, 0.5, 0.8) for number in (coin, sample(kept, coin))]


@figures("0.5", "3", "1.0", "5", "2.0", "118", "90")
def tokens_that_stay() -> Sequence[float]:
    found: list[float] = []
    for temperature in (0.5, 1.0, 2.0):
        stays = next_token_probabilities(logits(), temperature, TOP_P) > 0
        found += [temperature, int(stays.sum())]
    return [*found, 100 * TOP_P]


@figures("0.95")
def a_favorite_above_top_p() -> Sequence[float]:
    """Return a probability of which nothing would stay, if the token that crosses 0.9 were cut."""
    favorite = 0.95
    sums = torch.tensor([favorite, 1 - favorite]).cumsum(-1)
    assert not (sums < TOP_P).any()
    return (favorite,)
