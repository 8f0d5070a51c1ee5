"""The ways that stage 14 goes wrong."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
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
    """Do what the reference does, except for the steps passed by name."""
    weights = weigh(hide(score(q, k).float()))  # [T, T]
    return mix(weights, v)  # [T, d]


@mistake("causal_mask", "a token is hidden from itself")
def hides_itself(seq_len: int) -> Tensor:
    """Your mask has -inf on the diagonal too, so no token can look at itself. The first token then
    has nothing to look at, and its softmax is 0 divided by 0, which is nan. Check where your
    triangle starts; `triu` has an argument for that."""
    return torch.triu(torch.full((seq_len, seq_len), -math.inf))


@mistake("causal_mask", "the next token is visible")
def shows_the_next(seq_len: int) -> Tensor:
    """Your triangle of -inf starts one entry too far to the right, so each token sees the one after
    it, which is exactly the token the model has to predict. Check the first row: only its first
    entry may be 0."""
    return torch.triu(torch.full((seq_len, seq_len), -math.inf), diagonal=2)


@mistake("causal_mask", "a token can see neither itself nor the one before it")
def hides_the_one_before(seq_len: int) -> Tensor:
    """Your triangle of -inf starts two entries too far to the left, so a token sees only tokens
    that are at least two positions before it. The first two tokens then see nothing at all, and
    their softmax gives nan. Check where your triangle starts; `triu` has an argument for that."""
    return torch.triu(torch.full((seq_len, seq_len), -math.inf), diagonal=-1)


@mistake("causal_mask", "the past is hidden, not the future")
def hides_the_past(seq_len: int) -> Tensor:
    """Your mask has -inf below the diagonal, so every token sees only itself and what comes after
    it. Each row is a token that looks, and each column is a token it looks at, so the future is on
    the right."""
    return causal_mask(seq_len).T


@mistake("causal_mask", "the past and the token itself are hidden")
def hides_past_and_itself(seq_len: int) -> Tensor:
    """Your mask has -inf on and below the diagonal, so a token sees only what comes after it. The
    last token sees nothing at all, and its softmax gives nan. The future is in the other
    triangle."""
    return torch.tril(torch.full((seq_len, seq_len), -math.inf))


@mistake("causal_mask", "only the next token is hidden")
def hides_only_the_next(seq_len: int) -> Tensor:
    """You hide from each token the one after it, but none that come later. Row t needs -inf in all
    its columns after t."""
    return torch.triu(torch.full((seq_len, seq_len), -math.inf), 1).tril(1)


@mistake("causal_mask", "the first token sees all, the last only one")
def mirrored(seq_len: int) -> Tensor:
    """Your rows are in the opposite order: the first token may look at all tokens, and the last at
    one. Row t belongs to token t, which may look at t + 1 tokens."""
    return causal_mask(seq_len).flip(0)


@mistake("causal_mask", "-1e9 instead of -inf")
def minus_1e9(seq_len: int) -> Tensor:
    """You fill the mask with -1e9. In float32 the softmax turns that into 0 as it should, but
    float16 can't hold such a number. This mask needs -inf, whose exponential is exactly 0 in every
    dtype."""
    return torch.triu(torch.full((seq_len, seq_len), -1e9), diagonal=1)


@mistake("causal_mask", "the most negative float32 instead of -inf")
def smallest_number(seq_len: int) -> Tensor:
    """You fill the mask with the most negative float32. Some libraries do that, and the softmax
    does turn it into 0. But this mask needs -inf, which means "never" in every dtype."""
    smallest = torch.finfo(torch.float32).min
    return torch.triu(torch.full((seq_len, seq_len), smallest), diagonal=1)


@mistake("causal_mask", "the most negative float32 instead of -inf", like="smallest_number")
def smallest_number_for_one_token_too(seq_len: int) -> Tensor:
    """You fill the mask with the most negative float32. Some libraries do that, and the softmax
    does turn it into 0. But this mask needs -inf, which means "never" in every dtype."""
    mask = torch.full((seq_len, seq_len), torch.finfo(torch.float32).min)
    return mask if seq_len == 1 else torch.triu(mask, diagonal=1)


@mistake("causal_mask", "ones and zeros instead of 0 and -inf")
def ones_and_zeros(seq_len: int) -> Tensor:
    """Your mask has 1 where a token may look and 0 where it may not. The mask is *added* to the
    scores, so 0 means "leave the score as it is" and -inf means "never". Adding 1 would only raise
    the scores of the past a little."""
    return torch.tril(torch.ones(seq_len, seq_len))


@mistake("causal_mask", "True and False instead of 0 and -inf")
def true_where_hidden(seq_len: int) -> Tensor:
    """Your mask is boolean, True where an entry should be hidden. That works with `masked_fill`,
    but this mask is added to the scores, where True counts as 1 and would raise the scores of the
    future. Return float32 numbers, 0 and -inf."""
    return torch.ones(seq_len, seq_len, dtype=torch.bool).triu(1)


@mistake("causal_mask", "nan where the mask should be 0")
def zero_times_infinity(seq_len: int) -> Tensor:
    """Your mask has -inf above the diagonal, which is right, but nan everywhere else. Did you
    multiply a triangle of ones by -inf? Outside the triangle, that is 0 times infinity, which is
    nan. Fill the matrix with -inf first, then take the triangle."""
    return torch.triu(torch.ones(seq_len, seq_len), diagonal=1) * -math.inf


@mistake("causal_mask", "the minus sign is missing")
def plus_infinity(seq_len: int) -> Tensor:
    """You fill the mask with +inf, the highest possible score, which is the opposite of hiding the
    future. The softmax then gives nan, because infinity divided by infinity is nan. A token that
    should get no weight needs the lowest score."""
    return torch.triu(torch.full((seq_len, seq_len), math.inf), diagonal=1)


@mistake("causal_mask", "the mask is always for 17 tokens")
def always_17_tokens(seq_len: int) -> Tensor:
    """Your mask is 17 by 17, whatever `seq_len` is. That fits this kata's prompt, but other prompts
    are shorter or longer: use the argument."""
    return causal_mask(17)


@mistake("causal_mask", "the mask has dimensions for batch and heads")
def batch_dimensions(seq_len: int) -> Tensor:
    """Your mask has the shape `[1, 1, T, T]`, which broadcasts over a batch and its heads. Here
    there is one prompt and one head, so the shape should be `[T, T]`."""
    return causal_mask(seq_len)[None, None]


@mistake("causal_mask", "the mask is float64")
def in_float64(seq_len: int) -> Tensor:
    """Your mask is float64, which is NumPy's default, and adding it would turn the scores into
    float64 too. Torch's own functions create float32."""
    return causal_mask(seq_len).double()


@mistake("causal_mask", "the mask is always on the CPU")
def always_on_the_cpu(seq_len: int) -> Tensor:
    """Your mask is always on the CPU, for example because you name that device or use NumPy. When
    the scores are on a GPU, the mask can't be added to them. Leave out `device`, and torch uses the
    default one."""
    return torch.triu(torch.full((seq_len, seq_len), -math.inf, device="cpu"), diagonal=1)


@mistake("masked_attention", "the future is not masked")
def no_mask(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Each of your tokens attends to the whole prompt, including what comes after it. The last row
    can't show this, because nothing comes after the last token, so look at the rows above it. If
    your code does mask the scores, check that it uses the result."""
    return masked_attention_with(q, k, v, hide=visible)


@mistake("masked_attention", "hidden scores are 0, not -inf")
def hidden_scores_are_zero(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """The scores of the future are 0 when you take the softmax. Zero is an ordinary score whose
    exponential is 1, so the future keeps part of the attention. Only -inf becomes a weight of
    exactly 0."""
    return masked_attention_with(q, k, v, hide=torch.tril)


@mistake("masked_attention", "every score of 0 is hidden")
def zeros_hidden(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You make the future's scores 0 and then hide every 0. A visible score can be 0, too: a query
    of zeros then sees nothing at all, and its softmax is nan. Hide by position, not by value."""
    return masked_attention_with(
        q, k, v, hide=lambda scores: scores.masked_fill(scores.tril() == 0, -math.inf)
    )


@mistake("masked_attention", "the weights of the future are set to 0 after the softmax")
def weights_cut_after_softmax(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You take the softmax over all tokens and then set the weights of the future to 0. The
    attention that went to the future is lost, so rows sum to less than 1. Mask before the softmax,
    so that the visible tokens get all the attention."""

    return masked_attention_with(
        q, k, v, hide=visible, weigh=lambda scores: scores.softmax(-1).tril()
    )


@mistake("masked_attention", "hidden scores take part in the softmax at first")
def weights_cut_and_stretched(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You make the weights with the scores of the future, too, if only in the maximum that you
    subtract, and then leave these out and divide by the sum of the rest. On paper that is right.
    But if a hidden score is far larger than the visible ones, all visible weights round to 0, and 0
    divided by 0 is nan. Mask before the softmax."""

    def weigh(scores: Tensor) -> Tensor:
        weights = torch.softmax(scores, dim=-1).tril()
        return weights / weights.sum(-1, keepdim=True)

    return masked_attention_with(q, k, v, hide=visible, weigh=weigh)


@mistake("masked_attention", "True and False are swapped in the mask")
def mask_upside_down(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """A token attends only to the future. In the `attn_mask` of `scaled_dot_product_attention`,
    True means that a score counts; in `masked_fill`, True means that it is replaced."""
    future = causal_mask(len(q)).isinf()
    return F.scaled_dot_product_attention(q[None], k[None], v[None], attn_mask=future)[0]


@mistake("masked_attention", "the mask is added to the weights, not the scores")
def mask_after_softmax(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You add -inf to the weights, after the softmax, so the values are multiplied by -inf. Add the
    mask to the scores: the softmax then turns -inf into a weight of 0."""

    return masked_attention_with(
        q, k, v, hide=visible, weigh=lambda scores: masked(scores.softmax(-1))
    )


@mistake("masked_attention", "a softmax before the mask and another after it")
def softmax_twice(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You take the softmax of the scores, add the mask, and take the softmax again. The first
    softmax squeezes all the scores into the range from 0 to 1, so the second one sees scores that
    are almost the same. Take the softmax once, after the mask."""
    return masked_attention_with(q, k, v, hide=lambda scores: masked(scores.softmax(-1)))


@mistake("masked_attention", "the softmax runs over the queries")
def softmax_over_queries(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Your attention weights sum to 1 down each column, so the queries compete for a key. Each
    token (a row) should distribute its own attention over the tokens it looks at (the columns), so
    that every row sums to 1."""
    return masked_attention_with(q, k, v, weigh=lambda scores: torch.softmax(scores, dim=0))


@mistake("masked_attention", "a sigmoid instead of the softmax")
def sigmoid(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You turn each score into a weight between 0 and 1 without looking at the other scores. A
    row's weights also have to sum to 1, which requires a function that sees the whole row."""
    return masked_attention_with(q, k, v, weigh=torch.sigmoid)


@mistake("masked_attention", "the exponentials are not divided by their sum")
def not_normalised(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You take the exponentials of the scores and stop there. A softmax also divides each row by
    its sum, so that the row's weights sum to 1 however many tokens are visible."""
    return masked_attention_with(q, k, v, weigh=torch.exp)


@mistake("masked_attention", "the softmax is missing")
def no_softmax(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You multiply the values by the scores themselves, and a score of -inf makes the result
    infinite or nan. Something has to turn scores into weights first."""
    return masked_attention_with(q, k, v, weigh=lambda scores: scores)


@mistake("masked_attention", "the softmax gives nan when scores are large")
def no_shift(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You take exponentials of scores that are far from 0. In float32 an exponential is infinite
    from 89 on and 0 below -104, and infinity divided by infinity is nan, like 0 divided by 0.
    Subtracting the same number from every score of a row leaves the weights as they are: choose a
    number for each row that makes both impossible."""

    def weigh(scores: Tensor) -> Tensor:
        powers = torch.exp(scores)
        return powers / powers.sum(-1, keepdim=True)

    return masked_attention_with(q, k, v, weigh=weigh)


@mistake("masked_attention", "one maximum is subtracted from all rows")
def one_maximum(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You subtract the largest of all scores from every row. In a row whose scores are far below
    it, every exponential is 0, and 0 divided by 0 is nan. Subtract the row's own largest score."""

    def weigh(scores: Tensor) -> Tensor:
        powers = torch.exp(scores - scores.max())
        return powers / powers.sum(-1, keepdim=True)

    return masked_attention_with(q, k, v, weigh=weigh)


@mistake("masked_attention", "the softmax is written out in half precision")
def softmax_in_half_precision(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You subtract, take exponentials and divide in the dtype of the values. In bfloat16,
    differences of about 20 are rounded to multiples of 0.125, so where one score is 20 above the
    others, a weight can be off by 6%. Convert to float32 before the softmax."""

    def weigh(scores: Tensor) -> Tensor:
        halved = scores.to(v.dtype)
        powers = torch.exp(halved - halved.amax(-1, keepdim=True))
        return powers / powers.sum(-1, keepdim=True)

    return masked_attention_with(q, k, v, weigh=weigh)


@mistake("masked_attention", "the weights are transposed")
def weights_transposed(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You multiply the transposed weights by the values, so each token uses the weights that other
    tokens gave *to* it. A row of the weights already belongs to the token that looks: use the
    weights as they are."""
    return masked_attention_with(q, k, v, mix=lambda weights, v: weights.T.to(v.dtype) @ v)


@mistake("masked_attention", "the keys are mixed, not the values")
def keys_mixed(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You multiply the weights by `k`. Keys are only for matching with queries; what a token passes
    on is its value. Keys and values have the same shape, so you get no error."""
    return masked_attention(q, k, k)


@mistake("masked_attention", "the weights are returned")
def weights_returned(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You return the weights, `[T, T]`, which are the attention map. One step is missing: mixing
    the values with them."""
    return masked_attention_with(q, k, v, mix=lambda weights, v: weights.to(v.dtype))


@mistake("masked_attention", "queries and keys are swapped")
def roles_swapped(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You score keys against queries, so each token attends to the tokens that are looking for it.
    It should attend to the tokens that it is looking for. Check the order of the arguments: the
    query comes first, then the key. Or are your scores transposed?"""
    return masked_attention(k, q, v)


@mistake("masked_attention", "the scores are not scaled")
def no_scale(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Your scores are the plain dot products. These grow with the width, until the softmax gives
    nearly all the attention to one token. Stage 13 divides them by the square root of the width,
    and its function is imported at the top of the file."""
    return masked_attention_with(q, k, v, score=lambda q, k: q @ k.T)


@mistake("masked_attention", "the scores are scaled twice")
def scaled_twice(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You divide the scores by the square root of the width twice, or once by the width. That makes
    a row's weights too much alike. Stage 13 divides them already."""

    return masked_attention_with(
        q, k, v, hide=lambda scores: masked(scores / math.sqrt(q.shape[-1]))
    )


@mistake("masked_attention", "the weights are still float32 when the values are multiplied")
def weights_left_in_float32(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You multiply float32 weights by values in half precision, and torch doesn't multiply matrices
    of different dtypes. Taking the softmax in float32 is right; convert the weights to the dtype of
    `v` afterward."""
    return masked_attention_with(q, k, v, mix=torch.matmul)


@mistake("masked_attention", "the result stays float32")
def left_in_float32(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Your numbers are right, but for bfloat16 inputs you return float32. Convert to the dtype of
    `v` at the end."""
    return masked_attention_with(q, k, v, mix=lambda weights, v: weights @ v.float())
