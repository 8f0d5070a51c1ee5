"""The ways that stage 23 goes wrong."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from grader.diagnosis import mistake
from solutions.s23_sampling import next_token_probabilities, sample

Rule = Callable[[Tensor], Tensor]


def softened(logits: Tensor, temperature: float) -> Tensor:
    """Return the probabilities before any token is cut."""
    return next_token_probabilities(logits, temperature, 1.0)


def before(probabilities: Tensor) -> Tensor:
    """Return, for each probability, the sum of those before it."""
    return probabilities.cumsum(-1) - probabilities


def staying(logits: Tensor, temperature: float, top_p: float, rule: Rule) -> Tensor:
    """Cut tokens by a rule that takes the sorted probabilities and says which ones stay."""
    probabilities = softened(logits, temperature)
    if temperature == 0 or top_p == 1:
        return probabilities
    ordered, order = probabilities.sort(descending=True)
    kept = ordered * rule(ordered)
    return torch.zeros_like(kept).scatter(0, order, kept / kept.sum())


@mistake("next_token_probabilities", "the logits are multiplied by the temperature")
def temperature_multiplied(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """You multiply the logits by the temperature. A high temperature then favors the best token
    even more, and a low one flattens the probabilities. It should be the other way around."""
    return next_token_probabilities(logits, 1 / temperature if temperature else 0.0, top_p)


@mistake("next_token_probabilities", "the temperature makes no difference")
def temperature_ignored(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """You return the probabilities at temperature 1, whatever the caller asks for. If you divide
    after the softmax and then scale the result to sum to 1, the scaling undoes the division."""
    return next_token_probabilities(logits, float(temperature > 0), top_p)


@mistake("next_token_probabilities", "the probabilities are divided, not the logits")
def divided_after_softmax(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """You divide the result of the softmax by the temperature. The ratio between any two
    probabilities stays the same, and the probabilities no longer sum to 1. Divide before the
    exponential is taken."""
    probabilities = next_token_probabilities(logits, float(temperature > 0), top_p)
    return probabilities / (temperature or 1.0)


@mistake("next_token_probabilities", "the softmax is taken twice")
def softmax_twice(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """You take the softmax of a softmax. Probabilities differ by at most 1, so the second softmax
    makes rare tokens nearly as likely as the best one."""
    again = softened(logits, temperature)
    return next_token_probabilities(again, float(temperature > 0), top_p)


@mistake("next_token_probabilities", "the exponential overflows")
def no_shift(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """Your softmax takes the exponential of the logits as they are. In float32 an exponential is
    infinite from 89 on, and infinity divided by infinity is nan. `torch.softmax` shifts the logits
    first."""
    powers = torch.exp(logits.float() / temperature) if temperature else softened(logits, 0.0)
    probabilities = powers / powers.sum()
    return next_token_probabilities(probabilities.log(), float(temperature > 0), top_p)


@mistake("next_token_probabilities", "top_p is applied before the temperature")
def top_p_before_temperature(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """You apply `top_p` to the probabilities at temperature 1, and the temperature only afterward.
    Some programs do that. Here, as in Meta's code, the temperature comes first and affects how many
    tokens stay."""
    stays = next_token_probabilities(logits, 1.0, top_p) > 0
    return softened(logits.float().masked_fill(~stays, -math.inf), temperature)


@mistake("next_token_probabilities", "temperature 0 divides by zero")
def divided_by_zero(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """At temperature 0, you divide by 0. That gives infinities, and their softmax is nan. Treat 0
    as a case of its own, before the division."""
    zero = torch.softmax(logits.float() / 0.0, dim=-1)
    return next_token_probabilities(logits, temperature, top_p) if temperature else zero


@mistake("next_token_probabilities", "temperature 0 counts as 1")
def zero_counts_as_one(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """At temperature 0 you skip the division and use the logits as they are, which is the same as
    temperature 1. The lower the temperature, the more probability the best token gets; at 0, the
    best token gets all of it."""
    return next_token_probabilities(logits, temperature or 1.0, top_p)


@mistake("next_token_probabilities", "equally good tokens share the probability at temperature 0")
def equal_ones_share(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """When two tokens share the highest logit, your code gives each of them one half at temperature
    0. This happens, for example, if you compare with the maximum or use a tiny number instead of 0.
    Only one of the two should get all the probability."""
    best = (logits == logits.max()).float()
    zero = best / best.sum()
    return next_token_probabilities(logits, temperature, top_p) if temperature else zero


@mistake("next_token_probabilities", "temperature 0 gives integers")
def integers_at_zero(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """At temperature 0 your zeros and your one are in the right places, but they are integers, as
    returned by `one_hot`. Probabilities are float32 here."""
    best = F.one_hot(logits.argmax(), len(logits))
    return next_token_probabilities(logits, temperature, top_p) if temperature else best


@mistake("next_token_probabilities", "top_p is not used")
def top_p_ignored(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """You never cut a token, whatever `top_p` is. Thousands of unlikely tokens add up: sooner or
    later one of them is drawn, and the text goes off the rails."""
    return softened(logits, temperature)


@mistake("next_token_probabilities", "the token that crosses top_p is cut")
def crossing_token_cut(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """You keep a token only if the sum, including the token itself, stays within `top_p`. The token
    that crosses `top_p` is lost. If that is the first token, no token stays, and 0 / 0 gives nan.
    Look at the sum *before* each token."""
    return staying(logits, temperature, top_p, lambda p: p.cumsum(-1) <= top_p)


@mistake("next_token_probabilities", "the token that crosses top_p stays only if it is the first")
def crossing_token_cut_later(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """You always keep the best token, but you cut any later one that crosses `top_p`, so you keep
    too few tokens. If you look at the sum *before* each token, the best one needs no special
    rule."""
    return staying(logits, temperature, top_p, lambda p: (p.cumsum(-1) <= top_p) | (p == p[0]))


@mistake("next_token_probabilities", "one token too many stays")
def one_too_many(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """You keep the token that crosses `top_p` and one more after it. Did you shift the mask by one
    place, although your sums already leave out the token itself?"""
    return staying(logits, temperature, top_p, lambda p: before(p) - p.roll(1) < top_p)


@mistake("next_token_probabilities", "the probabilities are summed before they are sorted")
def summed_before_sorting(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """You add up the probabilities in the order of the vocabulary, so tokens stay because their ids
    are low. Sort first: the sum should run from the most likely token down."""
    probabilities = softened(logits, temperature)
    stays = (before(probabilities) < top_p) | (top_p == 1 or temperature == 0)
    return probabilities * stays / probabilities[stays].sum()


@mistake("next_token_probabilities", "the least likely tokens stay")
def sorted_ascending(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """You keep tokens from the least likely one upward until their sum reaches `top_p`, and throw
    away the best. `torch.sort` sorts in ascending order unless you tell it otherwise."""
    return staying(logits, temperature, top_p, lambda p: before(p.flip(0)).flip(0) < top_p)


@mistake("next_token_probabilities", "the probabilities that stay don't sum to 1")
def not_renormalized(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """You cut the unlikely tokens and leave the other probabilities as they were. Their sum is
    below 1, so a coin above that sum picks no token. Scale the probabilities that stay, so that
    they sum to 1."""
    stays = next_token_probabilities(logits, temperature, top_p) > 0
    return softened(logits, temperature) * stays


@mistake("next_token_probabilities", "the probabilities stay sorted")
def left_sorted(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """Your probabilities are right, but they are sorted, with the highest first. The index of a
    probability has to be its token's id, so put the probabilities back in the order of the
    vocabulary."""
    return next_token_probabilities(logits, temperature, top_p).sort(descending=True).values


@mistake("next_token_probabilities", "the mask is in sorted order, the probabilities are not")
def mask_in_sorted_order(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """Your mask says which of the *sorted* tokens stay, but you apply it to probabilities in the
    order of the vocabulary. So the lowest ids survive instead of the most likely tokens."""
    probabilities = softened(logits, temperature)
    stays = next_token_probabilities(logits, temperature, top_p).sort(descending=True).values > 0
    stays |= temperature == 0
    return probabilities * stays / probabilities[stays].sum()


@mistake("next_token_probabilities", "the sorting order is applied again, not undone")
def order_applied_again(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """You index the sorted probabilities with the order that `sort` returned, which shuffles them
    again. Entry i of that order is the id of the i-th sorted probability, so this probability has
    to go back to that index."""
    probabilities = next_token_probabilities(logits, temperature, top_p)
    ordered, order = probabilities.sort(descending=True)
    return ordered[order] if temperature else probabilities


@mistake("next_token_probabilities", "all tokens that tie at the border of top_p stay")
def equal_ones_all_stay(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """You keep every token that is as likely as the token that crosses `top_p`. If several are
    equally likely, you keep more than needed. Cut by position in the sorted order, not by
    probability."""
    return staying(logits, temperature, top_p, lambda p: p >= p[before(p) < top_p].min())


@mistake("next_token_probabilities", "the result has the dtype of the logits")
def logits_dtype(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """Your values are right, but they have the dtype of the logits. Rounded to bfloat16, thousands
    of probabilities don't even sum to 1. The result should be float32 whatever the dtype of the
    logits."""
    return next_token_probabilities(logits, temperature, top_p).to(logits.dtype)


@mistake("next_token_probabilities", "the softmax is taken in half precision")
def half_precision(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """You take the softmax in the dtype of the logits and convert the result to float32. The result
    has already been rounded by then, and converting doesn't bring the lost digits back. Convert the
    logits first."""
    rounded = torch.softmax(logits / (temperature or 1.0), dim=-1).float()
    return next_token_probabilities(rounded.log(), float(temperature > 0), top_p)


@mistake("next_token_probabilities", "the logits are divided in place")
def divides_in_place(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """Your values are right, but you modify the caller's logits, so any code that uses them
    afterward gets the divided logits. That happens, for example, with `/=`, even after `float()`,
    which doesn't copy a tensor that is already float32."""
    probabilities = next_token_probabilities(logits, temperature, top_p)
    logits /= temperature or 1.0
    return probabilities


def first(truths: Tensor) -> int:
    """Return the first index at which something holds, or the length if it never does."""
    places = truths.nonzero()
    return int(places[0]) if len(places) else len(truths)


@mistake("sample", "a sum equal to the coin is enough")
def reaches_the_coin(probabilities: Tensor, coin: float) -> int:
    """You take the first token whose sum reaches the coin, but the sum has to exceed it. Otherwise
    a coin of 0 draws the first token even if its probability is 0. Do you compare with `>=`, or use
    `searchsorted` with its default, the left side?"""
    reached = first(probabilities.cumsum(-1) >= coin)
    return min(reached, int(probabilities.nonzero()[-1]))


@mistake("sample", "the token before the right one is returned")
def one_before(probabilities: Tensor, coin: float) -> int:
    """You return the last token whose running sum doesn't exceed the coin. The coin falls on the
    token after it."""
    return sample(probabilities, coin) - 1


@mistake("sample", "the most likely token is returned, whatever the coin says")
def most_likely(probabilities: Tensor, coin: float) -> int:
    """You return the most likely token and never look at the coin. Every token should be drawn as
    often as its probability says."""
    return int(probabilities.argmax())


@mistake("sample", "a position in the sorted order is returned, not an id")
def rank_not_id(probabilities: Tensor, coin: float) -> int:
    """You sort the probabilities and return a position in the sorted order, which says nothing
    about the token. Without sorting, the position is the id."""
    return sample(probabilities.sort(descending=True).values, coin)


@mistake("sample", "the sum begins with the most likely token")
def likely_ones_first(probabilities: Tensor, coin: float) -> int:
    """You sort before you add up. Each token is still drawn as often as it should be, but by
    different coins, so the same seed gives a different text than it should. Follow the order of the
    vocabulary."""
    ordered, order = probabilities.sort(descending=True, stable=True)
    return int(order[sample(ordered, coin)])


@mistake("sample", "a tensor is returned, not an int")
def tensor_not_int(probabilities: Tensor, coin: float) -> Tensor:
    """Your number is right, but it is a tensor that holds one number. An id is a plain Python int,
    so convert it."""
    return torch.tensor(sample(probabilities, coin))


@mistake("sample", "the running sum is kept in half precision")
def summed_in_half_precision(probabilities: Tensor, coin: float) -> int:
    """You add up in half precision: in bfloat16, adding 0.001 to a sum near 1 changes nothing. In a
    large vocabulary, the ids near the end are then drawn too rarely, or never. Add up in
    float32."""
    sums = probabilities.bfloat16().cumsum(-1).double()
    return min(first(sums > coin), int(probabilities.nonzero()[-1]))


@mistake("sample", "where no sum exceeds the coin, the last id is drawn")
def last_id(probabilities: Tensor, coin: float) -> int:
    """Where rounding leaves every sum at or below the coin, you return the last id, even if that
    token was cut. A token with probability 0 must never be drawn: return the last one with a
    probability above 0."""
    return min(first(probabilities.cumsum(-1) > coin), len(probabilities) - 1)


@mistake("sample", "where no sum exceeds the coin, an id that does not exist is drawn")
def beyond_the_end(probabilities: Tensor, coin: float) -> int:
    """Where rounding leaves every sum at or below the coin, you return V, but the last id is V - 1.
    That happens once in millions of tokens. Return the last id with a probability above 0."""
    return first(probabilities.cumsum(-1) > coin)


@mistake("sample", "where no sum exceeds the coin, the first id is drawn")
def first_id(probabilities: Tensor, coin: float) -> int:
    """Where rounding leaves every sum at or below the coin, you return 0, for example because
    `argmax` returns 0 for a mask that is False everywhere. Such a coin belongs to the last token
    that can be drawn."""
    return first(probabilities.cumsum(-1) > coin) % len(probabilities)
