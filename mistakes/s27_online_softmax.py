"""The ways that stage 27 goes wrong."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from grader.diagnosis import mistake, worked_out
from solutions.s27_online_softmax import attention_in_blocks

INFINITY = float("inf")


def scaled_scores(q: Tensor, keys: Tensor) -> Tensor:
    return q @ keys.T / q.shape[-1] ** 0.5


def hidden_after(scores: Tensor, start: int, offset: int) -> Tensor:
    """Return what is hidden if query t sees the keys up to `offset + t`; `start` is the number of
    the first key."""
    n_queries, n_keys = scores.shape
    return torch.arange(start, start + n_keys) > torch.arange(n_queries)[:, None] + offset


def hide_future(scores: Tensor, start: int, n_keys: int) -> Tensor:
    return scores.masked_fill(hidden_after(scores, start, n_keys - len(scores)), -INFINITY)


def hide_with(offset: Callable[[int, int], int]) -> Callable[..., Tensor]:
    """Return a way to hide the future in which query t sees the keys up to `offset` + t."""

    def hide(scores: Tensor, start: int, n_keys: int) -> Tensor:
        seen_by_first = offset(n_keys, len(scores))
        return scores.masked_fill(hidden_after(scores, start, seen_by_first), -INFINITY)

    return hide


@worked_out("attention_in_blocks")
def attention_in_blocks_with(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    block: int,
    *,
    convert: Callable[..., Tensor] = lambda x: x.float(),
    starts: Callable[..., Iterable[int]] = lambda n_keys, block: range(0, n_keys, block),
    cut: Callable[..., Tensor] = lambda rows, start, block: rows[start : start + block],
    cut_values: Callable[..., Tensor] = lambda v, start, block: v[start : start + block],
    score: Callable[..., Tensor] = scaled_scores,
    hide: Callable[..., Tensor] = hide_future,
    first_largest: float = -INFINITY,
    largest_of: Callable[..., Tensor] = lambda scores, unmasked: scores.amax(1, keepdim=True),
    grow: Callable[..., Tensor] = torch.maximum,
    factor: Callable[..., Tensor] = lambda old, new: torch.exp(old - new),
    weigh: Callable[..., Tensor] = lambda scores, largest: torch.exp(scores - largest),
    add: Callable[..., Tensor] = lambda total, factor, weights: (
        total * factor + weights.sum(1, keepdim=True)
    ),
    mix: Callable[..., Tensor] = lambda result, factor, mixed, total: result * factor + mixed,
    finish: Callable[..., Tensor] = lambda result, total: result / total,
) -> Tensor:
    """Do what the reference does, except for the steps passed by name."""
    dtype, n_keys = v.dtype, len(k)
    q, k, v = convert(q), convert(k), convert(v)
    largest = q.new_full((len(q), 1), first_largest)
    total, result = q.new_zeros(len(q), 1), torch.zeros_like(q)
    for start in starts(n_keys, block):
        unmasked = score(q, cut(k, start, block))
        scores = hide(unmasked, start, n_keys)
        new = grow(largest, largest_of(scores, unmasked))
        shrink, weights = factor(largest, new), weigh(scores, new)
        total = add(total, shrink, weights)
        result = mix(result, shrink, weights @ cut_values(v, start, block), total)
        largest = new
    return finish(result, total).to(dtype)


def added(total: Tensor, factor: Tensor, weights: Tensor) -> Tensor:
    """Add a block's weights to a sum that isn't rescaled."""
    return total + weights.sum(1, keepdim=True)


def own_largest(scores: Tensor) -> Tensor:
    return torch.exp(scores - scores.amax(1, keepdim=True))


def softmax_of_blocks(q: Tensor, k: Tensor, v: Tensor, block: int) -> Tensor:
    """Return the results of all blocks, each with a softmax of its own, `[n, T, d]`."""
    results = []
    for start in range(0, len(k), block):
        scores = scaled_scores(q.float(), k[start : start + block].float())
        weights = torch.softmax(hide_future(scores, start, len(k)), dim=-1)
        results.append(weights @ v[start : start + block].float())
    return torch.stack(results)


@mistake("attention_in_blocks", "nothing is rescaled when the maximum grows")
def never_rescaled(*args: Any) -> Tensor:
    """You add every block to the sums without rescaling the sums first. They were computed with a
    smaller maximum, so the earlier blocks count too much. If you do multiply by a factor, check
    when you compute it: after you have stored the new maximum, the factor is always 1."""
    return attention_in_blocks_with(*args, factor=lambda old, new: torch.ones_like(new))


@mistake("attention_in_blocks", "the sum of the weights is not rescaled")
def sum_not_rescaled(*args: Any) -> Tensor:
    """You rescale the result so far when the maximum grows, but not the sum of the weights. Then
    you divide by a sum that is too large. Both the result and this sum were measured against the
    old maximum."""
    return attention_in_blocks_with(*args, add=added)


@mistake("attention_in_blocks", "the result so far is not rescaled")
def result_not_rescaled(*args: Any) -> Tensor:
    """You rescale the sum of the weights when the maximum grows, but not the weighted sum of the
    values. The earlier values then count too much. Both sums were measured against the old
    maximum."""
    return attention_in_blocks_with(*args, mix=lambda result, factor, mixed, total: result + mixed)


@mistake("attention_in_blocks", "infinity times 0 makes everything nan")
def infinity_times_zero(*args: Any) -> Tensor:
    """Your maximum is -inf before the first block. Something that you compute from it becomes
    infinite, and infinity times 0 is nan. There should be two exponentials: one for the sums so far
    and one for the new scores. Both should stay between 0 and 1. Are both there, and what is
    subtracted in each?"""
    return attention_in_blocks_with(*args, factor=lambda old, new: torch.exp(new - old))


@mistake("attention_in_blocks", "the new block is rescaled as well")
def new_block_rescaled(*args: Any) -> Tensor:
    """You add the new block first and then rescale everything. The new weights are already measured
    against the new maximum; only the sums of the earlier blocks have to shrink."""
    return attention_in_blocks_with(
        *args,
        add=lambda total, factor, weights: added(total, factor, weights) * factor,
        mix=lambda result, factor, mixed, total: (result + mixed) * factor,
    )


@mistake("attention_in_blocks", "the running maximum is never kept")
def maximum_never_kept(*args: Any) -> Tensor:
    """You compute the new maximum but don't keep it for the next block, so the old maximum stays
    -inf. Then everything from earlier blocks is multiplied by 0, and a row whose last block is
    hidden becomes nan."""
    return attention_in_blocks_with(
        *args, grow=lambda old, block: block, factor=lambda old, new: torch.exp(-INFINITY - new)
    )


@mistake("attention_in_blocks", "the running maximum starts at 0")
def starts_at_zero(*args: Any) -> Tensor:
    """Your running maximum starts at 0 and can't go lower. When all scores of a query are far below
    0, all its weights become 0, and 0 / 0 is nan. Start with something that every score exceeds."""
    return attention_in_blocks_with(*args, first_largest=0.0)


@mistake("attention_in_blocks", "no maximum is subtracted")
def no_maximum(*args: Any) -> Tensor:
    """You take the exponential of the scores as they are. In float32 it is infinite from 89 on, and
    infinity divided by infinity is nan. Subtract the largest score so far."""
    return attention_in_blocks_with(
        *args, first_largest=0.0, largest_of=lambda scores, unmasked: torch.zeros(len(scores), 1)
    )


@mistake("attention_in_blocks", "every block subtracts its own maximum")
def own_maximum(*args: Any) -> Tensor:
    """You subtract each block's own maximum and add the blocks up. Then the largest weight of every
    block is 1, however low its scores are. All blocks have to be measured against the same
    maximum."""
    return attention_in_blocks_with(
        *args,
        factor=lambda old, new: torch.ones_like(new),
        weigh=lambda scores, largest: own_largest(scores),
    )


@mistake("attention_in_blocks", "the new weights are measured against their block's maximum")
def new_weights_on_their_own(*args: Any) -> Tensor:
    """You rescale the sums to the running maximum, but you compute the new weights with the block's
    own maximum. Where that maximum is lower, the new weights count too much. Subtract the running
    maximum from the new scores."""
    return attention_in_blocks_with(*args, weigh=lambda scores, largest: own_largest(scores))


@mistake("attention_in_blocks", "the block's maximum replaces the running one")
def maximum_replaced(*args: Any) -> Tensor:
    """You take the maximum of each block instead of the maximum so far. In a block that a query
    doesn't see at all, the maximum is -inf, and the sums become nan. Take the larger of the old
    maximum and the block's."""
    return attention_in_blocks_with(*args, grow=lambda old, new: new)


@mistake("attention_in_blocks", "all queries share one maximum")
def one_maximum_for_all(*args: Any) -> Tensor:
    """You take the largest score of the whole block, for all queries together. If all scores of a
    query are much lower than that, all its weights become 0, and 0 / 0 is nan. Every row has a
    maximum of its own."""
    return attention_in_blocks_with(*args, largest_of=lambda scores, unmasked: scores.max())


@mistake("attention_in_blocks", "the maximum counts hidden scores")
def maximum_of_hidden(*args: Any) -> Tensor:
    """You take the maximum before you hide the future. A very large hidden score then turns all
    visible weights into 0, and 0 / 0 is nan. Hide first."""
    return attention_in_blocks_with(
        *args, largest_of=lambda scores, unmasked: unmasked.amax(1, keepdim=True)
    )


@mistake("attention_in_blocks", "the last block is left out")
def last_block_left_out(*args: Any) -> Tensor:
    """You read only whole blocks. If the number of keys isn't a multiple of the block size, the
    last keys are never read. Let the last block be smaller."""

    def starts(n_keys: int, block: int) -> Iterable[int]:
        return range(0, n_keys // block * block, block)

    return attention_in_blocks_with(*args, starts=starts)


@mistake("attention_in_blocks", "the loop ends at the number of queries")
def ends_at_the_queries(*args: Any) -> Tensor:
    """Your loop goes up to the number of queries. If there are more keys than queries, the last
    keys, which are the nearest to the queries, are never read. What should the loop count?"""
    n_queries = len(args[0])
    return attention_in_blocks_with(*args, starts=lambda n_keys, block: range(0, n_queries, block))


@mistake("attention_in_blocks", "only the first block counts")
def first_block_only(*args: Any) -> Tensor:
    """You return the result of the first block alone. Is the `return` inside the loop?"""
    return attention_in_blocks_with(*args, starts=lambda n_keys, block: [0])


@mistake("attention_in_blocks", "only the last block counts")
def last_block_only(*args: Any) -> Tensor:
    """You return the result of the last block alone. Either you overwrite the sums of the earlier
    blocks, or you never update the running maximum: then it stays at -inf, and the factor is 0."""
    return attention_in_blocks_with(*args, factor=lambda old, new: torch.zeros_like(new))


@mistake("attention_in_blocks", "the mask starts anew in every block")
def mask_starts_anew(*args: Any) -> Tensor:
    """You count the keys from 0 in every block, so the mask treats each block like the first. Key 0
    of a block is key `start` of the whole text, and the mask has to use that number."""
    return attention_in_blocks_with(
        *args, hide=lambda scores, start, n_keys: hide_future(scores, 0, n_keys)
    )


@mistake("attention_in_blocks", "query t sees only the keys 0 to t")
def as_many_keys_as_queries(*args: Any) -> Tensor:
    """Your mask is right if there are as many keys as queries. With more keys, the queries belong
    to the *last* tokens: the last query sees all keys, the one before it sees one key fewer, and so
    on."""
    return attention_in_blocks_with(*args, hide=hide_with(lambda n_keys, n_queries: 0))


@mistake("attention_in_blocks", "the queries are shifted to the wrong side")
def shifted_back(*args: Any) -> Tensor:
    """You subtract the number of keys from the number of queries. That moves the queries back, so
    that the first of them see no key at all, and 0 / 0 is nan. The last query has to see all
    keys."""
    back = hide_with(lambda n_keys, n_queries: n_queries - n_keys)
    return attention_in_blocks_with(*args, hide=back)


@mistake("attention_in_blocks", "a token is hidden from itself")
def hides_itself(*args: Any) -> Tensor:
    """Your mask hides one key too many: each token's own. If there are as many keys as queries, the
    first one sees nothing at all, and its result is nan."""
    itself = hide_with(lambda n_keys, n_queries: n_keys - n_queries - 1)
    return attention_in_blocks_with(*args, hide=itself)


@mistake("attention_in_blocks", "the next token is visible")
def shows_the_next(*args: Any) -> Tensor:
    """Your mask shows one key too many: the key of the next token. The first of T queries should
    see keys 0 to S - T and no more."""
    following = hide_with(lambda n_keys, n_queries: n_keys - n_queries + 1)
    return attention_in_blocks_with(*args, hide=following)


@mistake("attention_in_blocks", "nothing is hidden")
def no_mask(*args: Any) -> Tensor:
    """Every query sees all keys, including the keys of later tokens. Only the last row is right,
    since the last query may see them all. Hide the future in every block."""
    return attention_in_blocks_with(*args, hide=lambda scores, *_: scores)


@mistake("attention_in_blocks", "the past is hidden")
def hides_the_past(*args: Any) -> Tensor:
    """You hide the keys that a query should see, and show the keys of later tokens. `masked_fill`
    replaces the entries where the mask is true, while `where` keeps them."""

    def hide(scores: Tensor, start: int, n_keys: int) -> Tensor:
        future = hidden_after(scores, start, n_keys - len(scores))
        return scores.masked_fill(~future, -INFINITY)

    return attention_in_blocks_with(*args, hide=hide)


@mistake("attention_in_blocks", "hidden keys have the score 0")
def hidden_scores_are_zero(*args: Any) -> Tensor:
    """You set hidden scores to 0, but the exponential of 0 is 1, so hidden keys still get a good
    share of the attention. Which score has the exponential 0?"""

    def hide(scores: Tensor, start: int, n_keys: int) -> Tensor:
        return scores.masked_fill(hidden_after(scores, start, n_keys - len(scores)), 0.0)

    return attention_in_blocks_with(*args, hide=hide)


@mistake("attention_in_blocks", "hidden keys have the score -10,000")
def hidden_scores_not_low_enough(*args: Any) -> Tensor:
    """You set hidden scores to -10,000. That isn't low enough: visible scores can be just as low,
    and then a hidden key gets a share of the attention, or all of it. Which number is below every
    score?"""

    def hide(scores: Tensor, start: int, n_keys: int) -> Tensor:
        return scores.masked_fill(hidden_after(scores, start, n_keys - len(scores)), -1e4)

    return attention_in_blocks_with(*args, hide=hide)


@mistake("attention_in_blocks", "a whole block is visible if its first key is")
def whole_blocks_shown(*args: Any) -> Tensor:
    """If a query sees the first key of a block, you show it the whole block. In the block that
    contains the query's own token, the keys after that token are the future."""

    def hide(scores: Tensor, start: int, n_keys: int) -> Tensor:
        return scores.masked_fill(hide_future(scores, start, n_keys)[:, :1].isinf(), -INFINITY)

    return attention_in_blocks_with(*args, hide=hide)


@mistake("attention_in_blocks", "a whole block is hidden if its last key is")
def whole_blocks_hidden(*args: Any) -> Tensor:
    """If a query doesn't see the last key of a block, you hide the whole block. In the block that
    contains the query's own token, the query should see the keys up to that token."""

    def hide(scores: Tensor, start: int, n_keys: int) -> Tensor:
        return scores.masked_fill(hide_future(scores, start, n_keys)[:, -1:].isinf(), -INFINITY)

    return attention_in_blocks_with(*args, hide=hide)


@mistake("attention_in_blocks", "the mean over the blocks is taken")
def mean_of_blocks(q: Tensor, k: Tensor, v: Tensor, block: int) -> Tensor:
    """You compute a softmax per block and average the results. Then a block whose keys don't fit
    the query counts as much as a block whose keys do. A softmax needs the sum over all keys, so
    divide once, at the end."""
    return softmax_of_blocks(q, k, v, block).mean(0).to(v.dtype)


@mistake("attention_in_blocks", "the results of the blocks are added up")
def sum_of_blocks(q: Tensor, k: Tensor, v: Tensor, block: int) -> Tensor:
    """You compute a softmax per block and add up the results. Then a query's weights sum to the
    number of blocks instead of 1. Add up numerators and denominators separately, and divide once,
    at the end."""
    return softmax_of_blocks(q, k, v, block).sum(0).to(v.dtype)


@mistake("attention_in_blocks", "the result is divided in every block")
def divided_in_every_block(*args: Any) -> Tensor:
    """In every block, you divide by the sum so far, so the first block is divided again in every
    later block. Divide once, after the loop."""
    return attention_in_blocks_with(
        *args,
        mix=lambda result, factor, mixed, total: (result * factor + mixed) / total,
        finish=lambda result, total: result,
    )


@mistake("attention_in_blocks", "the sum of the weights is overwritten")
def sum_overwritten(*args: Any) -> Tensor:
    """You add up the values over all blocks, but divide by the weights of the last block alone.
    Where a query doesn't see that block, that is a division by 0. Add up the weights over all
    blocks, too."""
    return attention_in_blocks_with(
        *args, add=lambda total, factor, weights: weights.sum(1, keepdim=True)
    )


@mistake("attention_in_blocks", "the queries share one sum")
def one_sum_for_all(*args: Any) -> Tensor:
    """You add up the weights of all queries together. Each query has weights of its own, and they
    should sum to 1 after the division. Sum along the keys."""
    return attention_in_blocks_with(
        *args, add=lambda total, factor, weights: total * factor + weights.sum()
    )


@mistake("attention_in_blocks", "the result is not divided by the sum of the weights")
def not_divided(*args: Any) -> Tensor:
    """You return the weighted sum of the values, but the weights don't sum to 1. Divide by their
    sum after the last block."""
    return attention_in_blocks_with(*args, finish=lambda result, total: result)


@mistake("attention_in_blocks", "a softmax is taken instead of the exponential")
def softmax_for_exponential(*args: Any) -> Tensor:
    """You take the softmax of every block instead of just the exponential. The softmax already
    divides by the block's sum, so every block counts the same, and a query that sees nothing of a
    block gets nan."""
    return attention_in_blocks_with(
        *args, weigh=lambda scores, largest: torch.softmax(scores, dim=-1)
    )


@mistake("attention_in_blocks", "the scores are not scaled")
def not_scaled(*args: Any) -> Tensor:
    """You use the dot products as scores. They grow with the width d, so attention gets too sharp.
    Stage 13 divides them: by what?"""
    return attention_in_blocks_with(*args, score=lambda q, keys: q @ keys.T)


@mistake("attention_in_blocks", "the scores are scaled twice")
def scaled_twice(*args: Any) -> Tensor:
    """You divide by the root of d twice, or once by d. That makes the weights too equal. Look for a
    second division, perhaps of the queries."""
    return attention_in_blocks_with(*args, score=lambda q, keys: q @ keys.T / q.shape[-1])


@mistake("attention_in_blocks", "the scores are divided by the root of the block's size")
def scaled_by_block(*args: Any) -> Tensor:
    """You divide by the root of the number of keys in the block, which is the last dimension of the
    scores. Dot products grow with the number of products that they sum, and that is the width d."""
    return attention_in_blocks_with(*args, score=lambda q, keys: q @ keys.T / len(keys) ** 0.5)


@mistake("attention_in_blocks", "a whole table is built, with a column for every key")
def whole_table(q: Tensor, k: Tensor, v: Tensor, block: int) -> Tensor:
    """You build a table of scores, or a mask, with one row per query and one column per key. At
    128,000 tokens such a table of scores takes over 65 GB. Only one block of columns may exist at a
    time."""
    return attention_in_blocks(q, k, v, len(k))


@mistake("attention_in_blocks", "block is the number of blocks")
def number_of_blocks(q: Tensor, k: Tensor, v: Tensor, block: int) -> Tensor:
    """Your values are right, but you cut the keys into as many blocks as `block` says. `block`
    should be the number of keys to read at a time. With a `block` of 1, your code reads all keys at
    once. `split` takes a size, `chunk` a number of pieces."""
    return attention_in_blocks(q, k, v, -(-len(k) // block))


@mistake("attention_in_blocks", "the sums are kept in half precision")
def half_precision_sums(*args: Any) -> Tensor:
    """You compute in the dtype of the arguments. In bfloat16, adding 0.003 to 1 changes nothing, so
    many small weights are lost one by one. Keep the sums in float32."""
    return attention_in_blocks_with(*args, convert=lambda x: x)


@mistake("attention_in_blocks", "the result stays float32")
def left_in_float32(q: Tensor, k: Tensor, v: Tensor, block: int) -> Tensor:
    """Your values are right, but for half-precision arguments you return float32. Convert the
    result to the dtype of `v`."""
    return attention_in_blocks(q, k, v.float(), block)


@mistake("attention_in_blocks", "the keys are mixed, not the values")
def keys_mixed(q: Tensor, k: Tensor, v: Tensor, block: int) -> Tensor:
    """You multiply the weights by the keys. A key only says how well its token fits the query; what
    the token passes on is its value."""
    return attention_in_blocks(q, k, k, block).to(v.dtype)


@mistake("attention_in_blocks", "every block uses the values of the first block")
def values_of_the_first_block(*args: Any) -> Tensor:
    """You always take the first values, `v[:block]`, so the later keys are paired with other
    tokens' values. The values have to come from the same positions as the keys."""
    return attention_in_blocks_with(*args, cut_values=lambda v, start, block: v[:block])


@mistake("attention_in_blocks", "the blocks overlap")
def blocks_overlap(*args: Any) -> Tensor:
    """Your loop moves on by one key but reads a whole block each time, so most keys count several
    times. Move on by a whole block."""
    return attention_in_blocks_with(*args, starts=lambda n_keys, block: range(n_keys))


@mistake("attention_in_blocks", "the last key of every block is left out")
def last_key_left_out(*args: Any) -> Tensor:
    """You read one key too few in every block. A slice already leaves out its end, so don't
    subtract 1."""

    def cut(rows: Tensor, start: int, block: int) -> Tensor:
        return rows[start : start + block - 1]

    return attention_in_blocks_with(*args, cut=cut, cut_values=cut)


@mistake("attention_in_blocks", "the blocks are read from the end")
def read_from_the_end(*args: Any) -> Tensor:
    """You read the last block first. Most queries don't see it at all, so their maximum is still
    -inf, and -inf minus -inf is nan. Every query sees the first key: begin there."""

    def starts(n_keys: int, block: int) -> Iterable[int]:
        return reversed(range(0, n_keys, block))

    return attention_in_blocks_with(*args, starts=starts)


@mistake("attention_in_blocks", "the queries are scaled in place")
def scales_in_place(q: Tensor, k: Tensor, v: Tensor, block: int) -> Tensor:
    """Your result is right, but you change the caller's queries, for example with `/=`. `float()`
    doesn't protect them, because it doesn't copy a tensor that is float32 already."""
    result = attention_in_blocks(q, k, v, block)
    q.float().div_(q.shape[-1] ** 0.5)
    return result
