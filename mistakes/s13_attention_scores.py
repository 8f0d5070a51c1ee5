"""The ways that stage 13 goes wrong."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F

from grader.diagnosis import mistake, worked_out
from solutions.s13_attention_scores import attention_scores


@worked_out("attention_scores")
def attention_scores_with(
    q: torch.Tensor,
    k: torch.Tensor,
    *,
    match: Callable[..., torch.Tensor] = lambda q, k: q @ k.T,
    scale: Callable[..., torch.Tensor] | None = None,
) -> torch.Tensor:
    """Do what the reference does, except for the steps passed by name."""
    scores = match(q, k)
    return scale(scores) if scale else scores / math.sqrt(q.shape[-1])


@mistake("attention_scores", "the scores are not scaled")
def no_scale(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """Your scores are the plain dot products. These grow with the width d, and when scores are too
    large, the softmax gives nearly all the attention to one token. Check what the formula divides
    by."""
    return attention_scores_with(q, k, scale=lambda scores: scores)


@mistake("attention_scores", "the scores are divided by the width, not by its root")
def divided_by_width(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """Your scores are divided by d, perhaps because you divide both the queries and the keys by the
    square root of d. The scores become so small that the softmax can hardly tell the tokens apart.
    Divide by the root of d, and only once."""
    return attention_scores_with(q, k, scale=lambda scores: scores / q.shape[-1])


@mistake("attention_scores", "the scores are multiplied by the root, not divided by it")
def multiplied_by_root(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """You multiply by the square root of d. Dot products of wide vectors are already too large, and
    this makes them even larger. The factor should bring them back to the size they would have at
    width 1."""
    return attention_scores_with(q, k, scale=lambda scores: scores * math.sqrt(q.shape[-1]))


@mistake("attention_scores", "the width is fixed at 128")
def root_of_128(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """You divide by the square root of 128, no matter how wide the queries are. That works only if
    the heads are as wide as Llama 3 8B's. Take the width from the shape instead."""
    return attention_scores_with(q, k, scale=lambda scores: scores / math.sqrt(128))


@mistake("attention_scores", "the scores are divided by the root of the model's width")
def root_of_4096(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """You divide by 64, the square root of the width of the 8B's token vectors, which is 4096. But
    a dot product runs over the entries of a single head, so the head's width is what counts."""
    return attention_scores_with(q, k, scale=lambda scores: scores / math.sqrt(4096))


@mistake("attention_scores", "the scores are divided by the root of half the width")
def root_of_half_the_width(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """You divide by the square root of d/2. A rotated query has d/2 complex numbers, but the dot
    product is a sum over all its d entries."""
    return attention_scores_with(q, k, scale=lambda scores: scores / math.sqrt(q.shape[-1] / 2))


@mistake("attention_scores", "`** 1 / 2` is not a square root")
def power_before_division(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """Your scores are divided by 2d. Did you write `d ** 1 / 2`? Python computes the power first,
    so your scores are divided by d and then by 2. Put the exponent in parentheses, or write the
    root in another way."""
    return attention_scores_with(q, k, scale=lambda scores: scores / q.shape[-1] ** 1 / 2)


@mistake("attention_scores", "the scores are divided by half the width")
def half_the_width(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """Your scores are divided by d/2. Did you write `(d ** 1 / 2)`? Python computes the power first
    and then halves the result. You need the square root."""
    return attention_scores_with(q, k, scale=lambda scores: scores / (q.shape[-1] / 2))


@mistake("attention_scores", "the root is rounded down to a whole number")
def whole_root(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """You divide by the square root of d, rounded down to a whole number. With a width of 64 nobody
    would notice, but the root of 128 is 11.31, not 11."""
    return attention_scores_with(q, k, scale=lambda scores: scores / math.isqrt(q.shape[-1]))


@mistake("attention_scores", "the scores are divided by the root of the number of queries")
def root_of_query_count(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """You divide by the square root of T. That is the first dimension of `q`, which counts tokens,
    so one more token would change all scores. The width is the last dimension."""
    return attention_scores_with(q, k, scale=lambda scores: scores / math.sqrt(len(q)))


@mistake("attention_scores", "the scores are divided by the root of the number of keys")
def root_of_key_count(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """You divide by the square root of S. That is the first dimension of `k`, which counts tokens,
    so one more token would change all scores. The width is the last dimension."""
    return attention_scores_with(q, k, scale=lambda scores: scores / math.sqrt(len(k)))


@mistake("attention_scores", "the root covers the whole quotient, not just the width")
def root_of_quotient(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """You take the square root of the scores themselves, and the root of a negative score is nan.
    In the formula, only the width is under the root."""
    return attention_scores_with(q, k, scale=lambda scores: (scores / q.shape[-1]).sqrt())


@mistake("attention_scores", "only the last product is kept")
def last_product_only(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """Each of your scores is a single product, the last of those to add. In a loop, `=` replaces
    the value of the round before, and `+=` adds to it."""
    return attention_scores_with(q[:, -1:], k[:, -1:], scale=lambda s: s / math.sqrt(q.shape[-1]))


@mistake("attention_scores", "only the first query gets scores")
def first_query_only(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """Only your first row is right; the others are still zeros. Is the `return` inside the loop? It
    ends the function in the first round."""
    scores = torch.zeros_like(attention_scores(q, k))
    scores[0] = attention_scores(q, k)[0]
    return scores


@mistake("attention_scores", "queries and keys are swapped")
def roles_swapped(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """Your result has one row per key, but it should have one per query. With as many keys as
    queries, the shape is right but the scores are mirrored: each token would attend to the tokens
    that are looking for it. It should attend to the tokens that it is looking for."""
    return attention_scores(k, q)


@mistake("attention_scores", "the keys are reshaped, not transposed")
def keys_reshaped(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """You reshape the keys to `[d, S]`. The sizes fit, but you multiply by pieces of several keys.
    A transpose turns rows into columns; a reshape doesn't."""
    return attention_scores_with(q, k, match=lambda q, k: q @ k.reshape(k.shape[-1], -1))


@mistake("attention_scores", "the keys are not transposed")
def keys_not_transposed(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """You multiply `[T, d]` by `[S, d]`, and the inner sizes don't match. Each key is a row of `k`,
    but in the second factor of a matrix product it has to be a column."""
    return attention_scores_with(q, k, match=torch.matmul)


@mistake("attention_scores", "the queries are transposed, not the keys")
def queries_transposed(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """You transpose `q`, so the sum runs over the tokens. With as many keys as queries, the result
    is `[d, d]`; otherwise torch raises an error. Both inner sizes of the product should be d."""
    return attention_scores_with(q, k, match=lambda q, k: q.T @ k)


@mistake("attention_scores", "each query is matched only with its own key")
def own_key_alone(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """You multiply row by row, so token t is scored only against token t. Every query should be
    scored against every key, which makes T times S scores."""
    return attention_scores_with(q, k, match=lambda q, k: (q * k).sum(-1))


@mistake("attention_scores", "the scores are cosines")
def cosine(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """You divide each score by the lengths of its query and its key, which leaves the cosine of the
    angle between them. In attention the lengths count too: a longer query strengthens all its
    scores. Divide every score by the same number."""
    return (F.normalize(q.float(), dim=-1) @ F.normalize(k.float(), dim=-1).T).to(q.dtype)


@mistake("attention_scores", "the scores are distances")
def negative_distances(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """You measure how near a query and a key are to each other. A score is their dot product, which
    also grows with their lengths."""
    return (-torch.cdist(q.float(), k.float()) / math.sqrt(q.shape[-1])).to(q.dtype)


@mistake("attention_scores", "the softmax is already applied")
def already_softmax(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """Your rows sum to 1, so they are attention weights, not scores. The softmax belongs to stage
    14, because the mask has to be added to the scores first."""
    return torch.softmax(attention_scores(q, k), dim=-1)


@mistake("attention_scores", "the future is already masked")
def already_masked(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """You put -inf where the key comes after the query. Hiding the future is the job of stage 14;
    here every query is scored against every key."""
    future = torch.ones(len(q), len(k), dtype=torch.bool).triu(1)
    return attention_scores(q, k).masked_fill(future, -math.inf)


@mistake("attention_scores", "the queries are modified")
def changes_the_queries(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """Your scores are right, but you scale `q` itself, which modifies the caller's tensor. `q /= s`
    writes into the tensor, while `q = q / s` makes a new one."""
    q /= math.sqrt(q.shape[-1])
    return q @ k.T
