"""The ways that stage 14 goes wrong."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from grader.diagnosis import mistake, worked_out
from solutions.s13_attention_scores import attention_scores
from solutions.s14_masked_attention import causal_mask, masked_attention


def masked(scores: Tensor) -> Tensor:
    return scores + causal_mask(len(scores))


def visible(scores: Tensor) -> Tensor:
    return scores


@worked_out("masked_attention")
def masked_attention_with(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    score: Callable[..., Tensor] = attention_scores,
    hide: Callable[..., Tensor] = masked,
    weigh: Callable[..., Tensor] = lambda scores: torch.softmax(scores, dim=-1),
    mix: Callable[..., Tensor] = lambda weights, v: weights.to(v.dtype) @ v,
) -> Tensor:
    """Do what the reference does, except for what is given by name."""
    weights = weigh(hide(score(q, k).float()))  # [T, T]
    return mix(weights, v)  # [T, d]


@mistake("causal_mask", "a token is hidden from itself")
def hides_itself(seq_len: int) -> Tensor:
    """Your mask has -inf on the diagonal too, so no token may look at itself. The first has then
    nothing left to look at: its softmax is 0 divided by 0, nan. Look at where the triangle starts:
    `triu` has an argument for it."""
    return torch.triu(torch.full((seq_len, seq_len), -math.inf))


@mistake("causal_mask", "the next token is visible")
def shows_the_next(seq_len: int) -> Tensor:
    """Your triangle starts one place too far to the right, so each token sees the one after it: the
    very token that the model is to predict. Look at the second row: it must end in T - 2 hidden
    places."""
    return torch.triu(torch.full((seq_len, seq_len), -math.inf), diagonal=2)


@mistake("causal_mask", "the token before is hidden too")
def hides_the_one_before(seq_len: int) -> Tensor:
    """Your triangle starts one place too far to the left: a token sees neither itself nor its
    neighbour before it, and the first two tokens see nothing at all, which gives nan."""
    return torch.triu(torch.full((seq_len, seq_len), -math.inf), diagonal=-1)


@mistake("causal_mask", "the past is hidden, not the future")
def hides_the_past(seq_len: int) -> Tensor:
    """Your -inf stand below the diagonal, so every token sees itself and what comes after it. Rows
    are the tokens that look, columns those that are looked at: the future is to the right."""
    return causal_mask(seq_len).T


@mistake("causal_mask", "the past and the token itself are hidden")
def hides_past_and_itself(seq_len: int) -> Tensor:
    """You kept the lower triangle of -inf, diagonal and all. That hides the past, and the last
    token sees nothing, which gives nan. The future lies in the other triangle."""
    return torch.tril(torch.full((seq_len, seq_len), -math.inf))


@mistake("causal_mask", "a large negative number in place of -inf")
def minus_1e9(seq_len: int) -> Tensor:
    """You fill with -1e9. After the softmax that is zero as well, but it is a number, and float16
    cannot hold it. Here the mask is asked for with -inf, whose exponential is exactly 0."""
    return torch.triu(torch.full((seq_len, seq_len), -1e9), diagonal=1)


@mistake("causal_mask", "the smallest float32 in place of -inf")
def smallest_number(seq_len: int) -> Tensor:
    """You fill with the smallest number that float32 has. After the softmax that is zero as well,
    and some libraries do so. Here the mask is asked for with -inf, which means "never" in every
    dtype."""
    smallest = torch.finfo(torch.float32).min
    return torch.triu(torch.full((seq_len, seq_len), smallest), diagonal=1)


@mistake("causal_mask", "ones and zeros in place of 0 and -inf")
def ones_and_zeros(seq_len: int) -> Tensor:
    """Your mask has 1 where a token may look and 0 where it may not. It is *added* to the scores,
    so "leave it as it is" is 0 and "never" is -inf; adding 1 only makes the past a little
    louder."""
    return torch.tril(torch.ones(seq_len, seq_len))


@mistake("causal_mask", "true and false in place of 0 and -inf")
def true_where_hidden(seq_len: int) -> Tensor:
    """Your mask is boolean, true where a place is to be hidden. That works with `masked_fill`; this
    one is to be added to the scores, where true counts as 1 and would make the future louder. Give
    float32 numbers: 0 and -inf."""
    return torch.ones(seq_len, seq_len, dtype=torch.bool).triu(1)


@mistake("causal_mask", "zero times infinity")
def zero_times_infinity(seq_len: int) -> Tensor:
    """You multiply a triangle of ones by -inf. Above the diagonal that is right; everywhere else it
    is 0 times infinity, which is nan. Put -inf into the matrix first and cut the triangle out of
    it."""
    return torch.triu(torch.ones(seq_len, seq_len), diagonal=1) * -math.inf


@mistake("causal_mask", "the minus sign is missing")
def plus_infinity(seq_len: int) -> Tensor:
    """You fill with +inf, the largest score there is: the future takes everything, and infinity
    over infinity is nan. What is to get no weight needs the smallest score."""
    return torch.triu(torch.full((seq_len, seq_len), math.inf), diagonal=1)


@mistake("causal_mask", "the mask always has 17 tokens")
def always_17_tokens(seq_len: int) -> Tensor:
    """Your mask is 17 by 17 whatever length is asked for. Our prompt has 17 tokens, others have
    not: use the argument."""
    return causal_mask(17)


@mistake("causal_mask", "the mask has dimensions for batch and heads")
def batch_dimensions(seq_len: int) -> Tensor:
    """Your mask is `[1, 1, T, T]`, made to stretch over a batch and its heads. There is one prompt
    and one head here: `[T, T]`."""
    return causal_mask(seq_len)[None, None]


@mistake("causal_mask", "the mask is float64")
def in_float64(seq_len: int) -> Tensor:
    """Your mask is float64, as numpy makes it unless told otherwise, and whatever it is added to
    would become float64 too. Torch's own functions give float32."""
    return causal_mask(seq_len).double()


@mistake("causal_mask", "the mask is always made on the CPU")
def always_on_the_cpu(seq_len: int) -> Tensor:
    """You name the CPU as the device of your mask, or make it outside torch. With the model on a
    GPU the scores are there, and the two cannot be added. Without a device, torch takes its
    default."""
    return torch.triu(torch.full((seq_len, seq_len), -math.inf, device="cpu"), diagonal=1)


@mistake("masked_attention", "the future is not hidden")
def no_mask(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Every token of yours sees the whole prompt, what comes after it as well. The last row is
    right all the same, because nothing comes after it; the real model says 42 even so. Compare the
    rows above it."""
    return masked_attention_with(q, k, v, hide=visible)


@mistake("masked_attention", "hidden scores are zero, not -inf")
def hidden_scores_are_zero(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You set the scores of the future to 0 before the softmax. Zero is an ordinary score, whose
    exponential is 1, so the future keeps a good share. Only -inf becomes a weight of exactly 0."""
    return masked_attention_with(q, k, v, hide=torch.tril)


@mistake("masked_attention", "weights are cut after the softmax")
def weights_cut_after_softmax(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You take the softmax over all tokens and set the weights of the future to 0 afterwards. Their
    share is then missing: the rows sum to less than one. Hide before the softmax, so that it deals
    out the whole among those who are left."""

    return masked_attention_with(
        q, k, v, hide=visible, weigh=lambda scores: scores.softmax(-1).tril()
    )


@mistake("masked_attention", "weights are cut after the softmax and stretched again")
def weights_cut_and_stretched(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You set the weights of the future to 0 after the softmax and divide each row by its sum. On
    paper that is right. But where a hidden score is far larger than the visible ones, all visible
    weights are rounded to 0, and 0 divided by 0 is nan. Hide before the softmax."""

    def weigh(scores: Tensor) -> Tensor:
        weights = torch.softmax(scores, dim=-1).tril()
        return weights / weights.sum(-1, keepdim=True)

    return masked_attention_with(q, k, v, hide=visible, weigh=weigh)


@mistake("masked_attention", "the mask is added to the weights, not to the scores")
def mask_after_softmax(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You add -inf after the softmax, to the weights, so the values are multiplied by -inf. It is
    the scores that get the mask; the softmax then turns -inf into a weight of 0."""

    return masked_attention_with(
        q, k, v, hide=visible, weigh=lambda scores: masked(scores.softmax(-1))
    )


@mistake("masked_attention", "a softmax before the mask, and one after it")
def softmax_twice(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You take the softmax of the scores, add the mask and take the softmax again. The first one
    brings all scores between 0 and 1, and to the second they look nearly alike. One softmax, after
    the mask."""
    return masked_attention_with(q, k, v, hide=lambda scores: masked(scores.softmax(-1)))


@mistake("masked_attention", "the softmax runs over the queries")
def softmax_over_queries(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Your columns sum to one, not your rows. Each token (row) deals out its attention among those
    it looks at (columns): the softmax runs along the last dimension."""
    return masked_attention_with(q, k, v, weigh=lambda scores: torch.softmax(scores, dim=0))


@mistake("masked_attention", "a sigmoid in place of the softmax")
def sigmoid(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You bring each score between 0 and 1 by itself. The weights of a row must also sum to one,
    which takes a function that sees the whole row."""
    return masked_attention_with(q, k, v, weigh=torch.sigmoid)


@mistake("masked_attention", "the exponentials are not divided by their sum")
def not_normalised(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You take the exponential of the scores and stop there. The softmax then divides each row by
    its sum; without that a token gets more, the more tokens it looks at."""
    return masked_attention_with(q, k, v, weigh=torch.exp)


@mistake("masked_attention", "the softmax is missing")
def no_softmax(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You mix the values with the scores themselves, and a score of -inf makes the mixture infinite
    or nan. Something has to turn scores into weights first."""
    return masked_attention_with(q, k, v, weigh=lambda scores: scores)


@mistake("masked_attention", "the exponential overflows")
def no_shift(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Your softmax takes the exponential of the scores as they are. From 89 on that is infinite in
    float32, and infinity over infinity is nan. Weights stay the same when every score of a row is
    lowered by the same amount: choose one that makes overflow impossible."""

    def weigh(scores: Tensor) -> Tensor:
        powers = torch.exp(scores)
        return powers / powers.sum(-1, keepdim=True)

    return masked_attention_with(q, k, v, weigh=weigh)


@mistake("masked_attention", "the softmax is written out in half precision")
def softmax_in_half_precision(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You subtract, take exponentials and divide in the dtype of the values. Three digits are not
    enough there: where one score is 20 above the others, the differences to it are rounded to
    0.125, and the weights are off by up to 6 %. Go to float32 before the softmax."""

    def weigh(scores: Tensor) -> Tensor:
        halved = scores.to(v.dtype)
        powers = torch.exp(halved - halved.amax(-1, keepdim=True))
        return powers / powers.sum(-1, keepdim=True)

    return masked_attention_with(q, k, v, weigh=weigh)


@mistake("masked_attention", "the weights are transposed")
def weights_transposed(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You multiply the transposed weights by the values, so each token gets the shares that others
    gave *to* it. A row of the weights belongs to the token that looks, as it stands."""
    return masked_attention_with(q, k, v, mix=lambda weights, v: weights.T.to(v.dtype) @ v)


@mistake("masked_attention", "the keys are mixed, not the values")
def keys_mixed(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You multiply the weights by `k`. Keys are there to be found by; what a token hands over is
    its value. The two have one shape, so only the numbers tell."""
    return masked_attention(q, k, k)


@mistake("masked_attention", "the weights are returned")
def weights_returned(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You return the weights, `[T, T]`. That is the picture everybody shows, and one step is
    missing: mixing the values with them."""
    return masked_attention_with(q, k, v, mix=lambda weights, v: weights.to(v.dtype))


@mistake("masked_attention", "queries and keys have changed places")
def roles_swapped(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Your scores are mirrored: token t is weighted by how well the others' queries match its key.
    Pass the query first and the key second."""
    return masked_attention(k, q, v)


@mistake("masked_attention", "the scores are not scaled")
def no_scale(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You wrote the dot products out again and left the root of the width behind. The scores of
    stage 13 are scaled already, and they are imported at the top of the file."""
    return masked_attention_with(q, k, v, score=lambda q, k: q @ k.T)


@mistake("masked_attention", "the scores are scaled twice")
def scaled_twice(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You divide by the root of the width here. The scores of stage 13 come divided by it, and a
    second time makes them so small that all tokens get nearly the same share."""

    return masked_attention_with(
        q, k, v, hide=lambda scores: masked(scores / math.sqrt(q.shape[-1]))
    )


@mistake("masked_attention", "the weights are still float32 when they meet the values")
def weights_left_in_float32(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You take the softmax in float32, which is good, and multiply the result by bfloat16 values,
    which torch refuses. Bring the weights to the dtype of `v` first."""
    return masked_attention_with(q, k, v, mix=torch.matmul)


@mistake("masked_attention", "the result stays float32")
def left_in_float32(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Your numbers are right, but for bfloat16 inputs they come back as float32. Go back to the
    dtype of `v` at the end."""
    return masked_attention_with(q, k, v, mix=lambda weights, v: weights @ v.float())
