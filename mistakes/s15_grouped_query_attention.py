"""The ways that stage 15 goes wrong."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from grader.diagnosis import mistake, worked_out
from solutions.s11_rotate import rotate
from solutions.s12_heads import project, split_heads
from solutions.s14_masked_attention import causal_mask
from solutions.s15_grouped_query_attention import kv_head_index


def shared(heads: Tensor, n_heads: int) -> Tensor:
    return heads[[kv_head_index(head, n_heads, len(heads)) for head in range(n_heads)]]


@worked_out("attention")
def attention_with(
    x: Tensor,
    wq: Tensor,
    wk: Tensor,
    wv: Tensor,
    wo: Tensor,
    freqs_cis: Tensor,
    n_heads: int,
    n_kv_heads: int,
    *,
    split: Callable[..., Tensor] = lambda rows, n: rows.view(len(rows), n, -1).transpose(0, 1),
    turn_q: Callable[..., Tensor] = rotate,
    turn_k: Callable[..., Tensor] = rotate,
    turn_v: Callable[..., Tensor] = lambda v, freqs_cis: v,
    share_k: Callable[..., Tensor] = shared,
    share_v: Callable[..., Tensor] = shared,
    score: Callable[..., Tensor] = lambda q, k: q @ k.mT,
    scale: Callable[..., Tensor] = lambda scores, width: scores / width**0.5,
    mask: Callable[[int], Tensor] = causal_mask,
    softmax_dim: int = -1,
    join: Callable[..., Tensor] = lambda heads: heads.transpose(0, 1).flatten(1),
    output: Callable[..., Tensor] = lambda joined, wo: joined @ wo.T,
) -> Tensor:
    """Do what the reference does, all heads at once, except for the steps passed by name."""
    q = turn_q(split(x @ wq.T, n_heads), freqs_cis)  # [H, T, d]
    k = share_k(turn_k(split(x @ wk.T, n_kv_heads), freqs_cis), n_heads)  # [H, T, d]
    v = share_v(turn_v(split(x @ wv.T, n_kv_heads), freqs_cis), n_heads)  # [H, T, d]
    scores = scale(score(q, k), q.shape[-1]).float() + mask(len(x))  # [H, T, T]
    heads = torch.softmax(scores, softmax_dim).to(v.dtype) @ v  # [H, T, d]
    return output(join(heads), wo)  # [T, D]


def rotate_across(heads: Tensor, freqs_cis: Tensor) -> Tensor:
    return rotate(heads.transpose(0, 1), freqs_cis).transpose(0, 1)  # reads [T, n, d]


@mistake("kv_head_index", "heads are assigned round-robin")
def modulo_kv_heads(query_head: int, n_heads: int, n_kv_heads: int) -> int:
    """You deal out the key/value heads like cards: query heads 0, 1, 2 get key/value heads 0, 1, 2,
    and after the last key/value head you start over at 0. In Llama, neighboring query heads share a
    key/value head. (Llama's order is that of `repeat_interleave`, not that of `repeat`.)"""
    return query_head % n_kv_heads


@mistake("kv_head_index", "the position within the group is returned")
def modulo_group_size(query_head: int, n_heads: int, n_kv_heads: int) -> int:
    """You return the query head's position within its group. Return the group's number instead: all
    members of a group get the same key/value head."""
    return query_head % (n_heads // n_kv_heads)


@mistake("kv_head_index", "the head is divided by the number of key/value heads")
def divided_by_kv_heads(query_head: int, n_heads: int, n_kv_heads: int) -> int:
    """You divide by the number of groups. Divide by the number of query heads in a group instead.
    The two numbers are easy to confuse, and with 4 heads in 2 groups they are equal."""
    return query_head // n_kv_heads


@mistake("kv_head_index", "the group size is fixed at 4")
def group_fixed_at_4(query_head: int, n_heads: int, n_kv_heads: int) -> int:
    """You let four query heads share a key/value head. That is right for the 8B, which has 32 query
    heads and 8 key/value heads, but other models have other group sizes (three in the tiny model
    here). Compute the group size from `n_heads` and `n_kv_heads`."""
    return query_head // 4


@mistake(
    "kv_head_index",
    "the head is divided by the number of key/value heads",
    like="divided_by_kv_heads",
)
def divided_by_kv_heads_and_cut(query_head: int, n_heads: int, n_kv_heads: int) -> int:
    """You divide by the number of groups. Divide by the number of query heads in a group instead.
    The two numbers are easy to confuse, and with 4 heads in 2 groups they are equal."""
    return min(query_head // n_kv_heads, n_kv_heads - 1)


@mistake("kv_head_index", "the group size is fixed at 4", like="group_fixed_at_4")
def group_fixed_at_4_from_the_start_again(query_head: int, n_heads: int, n_kv_heads: int) -> int:
    """You let four query heads share a key/value head. That is right for the 8B, which has 32 query
    heads and 8 key/value heads, but other models have other group sizes (three in the tiny model
    here). Compute the group size from `n_heads` and `n_kv_heads`."""
    return query_head // 4 % n_kv_heads


@mistake("kv_head_index", "the group size is inverted")
def group_size_upside_down(query_head: int, n_heads: int, n_kv_heads: int) -> int:
    """You divide the number of key/value heads by the number of query heads. As soon as heads are
    shared, there are fewer key/value heads than query heads, so the integer division gives 0."""
    return query_head // (n_kv_heads // n_heads)


@mistake("kv_head_index", "no head is shared")
def no_sharing(query_head: int, n_heads: int, n_kv_heads: int) -> int:
    """You give every query head its own key/value head. That is multi-head attention. Here there
    are fewer key/value heads than query heads, so your indices run past the last key/value head."""
    return query_head


@mistake("kv_head_index", "the index is rounded to the nearest")
def rounded_to_the_nearest(query_head: int, n_heads: int, n_kv_heads: int) -> int:
    """You round to the nearest whole number, so the second half of a group gets the next key/value
    head. All members of a group get the same one: round down."""
    return round(query_head * n_kv_heads / n_heads)


@mistake("kv_head_index", "the index is rounded to the nearest", like="rounded_to_the_nearest")
def halves_rounded_up(query_head: int, n_heads: int, n_kv_heads: int) -> int:
    """You round to the nearest whole number, so the second half of a group gets the next key/value
    head. All members of a group get the same one: round down."""
    return int(query_head * n_kv_heads / n_heads + 0.5)


@mistake("kv_head_index", "the last key/value head serves all that remain")
def last_serves_the_rest(query_head: int, n_heads: int, n_kv_heads: int) -> int:
    """You give the first query heads a key/value head each, and all others the last one. Every
    key/value head serves a group of the same size."""
    return min(query_head, n_kv_heads - 1)


@mistake("attention", "nothing is rotated")
def no_rotation(*args: Any) -> Tensor:
    """Your scores are those of queries and keys that aren't rotated, so the model can't tell
    whether a token is one step back or far back. Rotate them after the projection and before the
    scores, and use what `rotate` returns: it doesn't change its argument."""
    return attention_with(*args, turn_q=lambda q, _: q, turn_k=lambda k, _: k)


@mistake("attention", "the keys are not rotated")
def keys_not_rotated(*args: Any) -> Tensor:
    """You rotate the queries but not the keys. For a score to depend on the distance between two
    tokens, both the query and the key have to be rotated, each by its own position."""
    return attention_with(*args, turn_k=lambda k, _: k)


@mistake("attention", "the queries are not rotated")
def queries_not_rotated(*args: Any) -> Tensor:
    """You rotate the keys but not the queries. For a score to depend on the distance between two
    tokens, both the query and the key have to be rotated, each by its own position."""
    return attention_with(*args, turn_q=lambda q, _: q)


@mistake("attention", "queries and keys are rotated twice")
def rotated_twice(*args: Any) -> Tensor:
    """You rotate queries and keys twice, so every distance counts double. Look for a second call to
    `rotate`, perhaps in the line that computes the scores."""
    x, wq, wk, wv, wo, freqs_cis, *rest = args
    return attention_with(x, wq, wk, wv, wo, freqs_cis**2, *rest)


@mistake("attention", "the values are rotated too")
def values_rotated(*args: Any) -> Tensor:
    """You rotate the values as well as the queries and keys. Position should affect only which
    tokens attend to which. The values stay as `wv` made them."""
    return attention_with(*args, turn_v=rotate)


@mistake("attention", "vectors are rotated before the split into heads")
def rotated_before_split(*args: Any) -> Tensor:
    """You rotate vectors that are as wide as all heads together. `freqs_cis` has one angle for each
    pair of entries in a single head, so separate the heads first, then rotate."""
    rotate(args[0] @ args[1].T, args[5])
    return attention_with(*args)


@mistake("attention", "heads are rotated as if they were positions")
def rotated_along_heads(*args: Any) -> Tensor:
    """In the tensor you rotate, the second-to-last dimension counts heads. `rotate` reads that
    dimension as positions, so it should hold the tokens of one head."""
    return attention_with(*args, turn_q=rotate_across, turn_k=rotate_across)


@mistake("attention", "`freqs_cis` is cut to the number of heads")
def freqs_sliced_by_heads(*args: Any) -> Tensor:
    """You keep as many rows of `freqs_cis` as there are heads, so each head is rotated by angles of
    its own. The rows of `freqs_cis` are positions: to make the shapes match, move the head
    dimension instead of cutting rows."""

    def turn(heads: Tensor, freqs_cis: Tensor) -> Tensor:
        return rotate_across(heads, freqs_cis[: len(heads)])

    return attention_with(*args, turn_q=turn, turn_k=turn)


@mistake("attention", "the future is not masked")
def no_mask(*args: Any) -> Tensor:
    """Each of your tokens attends to the whole prompt, including the tokens that come after it.
    `masked_attention` from stage 14 hides the future; a library function does so only if you ask
    for it."""
    return attention_with(*args, mask=lambda n_tokens: torch.zeros(n_tokens, n_tokens))


@mistake("attention", "the scores are not scaled")
def no_scale(*args: Any) -> Tensor:
    """Your scores are the plain dot products. These grow with the width, until the softmax gives
    nearly all the attention to one token. Stage 13 divides them by the square root of the head's
    width."""
    return attention_with(*args, scale=lambda scores, width: scores)


@mistake("attention", "the softmax runs over the queries")
def softmax_over_queries(*args: Any) -> Tensor:
    """Your attention weights sum to 1 down each column, so the queries compete for a key. Each
    token (a row) should distribute its own attention over the tokens it looks at (the columns), so
    that every row sums to 1."""
    return attention_with(*args, softmax_dim=-2)


@mistake("attention", "queries and keys are swapped")
def queries_and_keys_swapped(*args: Any) -> Tensor:
    """You score keys against queries, so each token attends to the tokens that are looking for it.
    It should attend to the tokens that it is looking for. Check the order of the arguments:
    queries, keys, values."""
    return attention_with(*args, score=lambda q, k: k @ q.mT)


@mistake("attention", "values and keys come from different heads")
def values_by_modulo(*args: Any) -> Tensor:
    """Your keys come from the right key/value head, but your values come from the head whose number
    is the query head's number modulo K. A key and its value belong together: use the same index for
    both."""
    return attention_with(*args, share_v=lambda v, n: v.repeat(n // len(v), 1, 1))


@mistake("attention", "the key/value heads are not shared")
def kv_heads_not_repeated(*args: Any) -> Tensor:
    """You multiply H query heads by K key heads at once, and torch can't match them up. Give every
    query head the key/value head that `kv_head_index` returns for it."""
    return attention_with(*args, share_k=lambda k, n: k, share_v=lambda v, n: v)


@mistake("attention", "wk and wv are split into as many heads as wq")
def kv_cut_into_query_heads(*args: Any) -> Tensor:
    """You split `wk` into `n_heads` heads, so your keys are narrower than your queries. `wk` and
    `wv` hold only `n_kv_heads` heads, each as wide as a query head."""
    rotate(project(args[0], split_heads(args[2], args[6])[0]), args[5])
    return attention_with(*args)


@mistake("attention", "the loop runs over the key/value heads")
def loop_over_kv_heads(*args: Any) -> Tensor:
    """You compute only `n_kv_heads` heads, so the vectors you multiply by `wo` are too narrow. Loop
    over the query heads, and look up the key/value head for each one."""
    return attention_with(*args, join=lambda heads: heads[: args[7]].transpose(0, 1).flatten(1))


@mistake("attention", "the values are projected with wk")
def values_from_wk(*args: Any) -> Tensor:
    """You compute the values with `wk`, so they are really keys, and `wv` has no effect on your
    result. `wk` and `wv` have the same shape, so you get no error."""
    x, wq, wk, _, *rest = args
    return attention_with(x, wq, wk, wk, *rest)


@mistake("attention", "the projected vectors are reshaped, not transposed")
def split_without_transpose(*args: Any) -> Tensor:
    """You view `[T, n * d]` as `[n, T, d]`. The sizes fit, but the numbers keep their order in
    memory, so each head gets pieces of other heads. Split the last dimension in two, then swap
    dimensions."""
    return attention_with(*args, split=lambda rows, n: rows.view(n, len(rows), -1))


@mistake("attention", "a head takes every n-th entry")
def heads_by_stride(*args: Any) -> Tensor:
    """You view a projected vector as `[d, n]`, so head 0 gets entries 0, n, 2n and so on. A head is
    d neighboring entries, so n has to come before d in the view."""
    return attention_with(*args, split=lambda rows, n: rows.view(len(rows), -1, n).permute(2, 0, 1))


@mistake("attention", "the heads are joined in reverse order")
def heads_reversed(*args: Any) -> Tensor:
    """You put the last head first. The columns of `wo` expect head 0 on the left, then head 1, and
    so on."""
    return attention_with(*args, join=lambda heads: heads.flip(0).transpose(0, 1).flatten(1))


@mistake("attention", "the heads are reshaped, not placed side by side")
def joined_without_transpose(*args: Any) -> Tensor:
    """You reshape `[H, T, d]` to `[T, H * d]`. The size fits, but each row now holds several tokens
    of one head. It should hold all heads of one token."""
    return attention_with(*args, join=lambda heads: heads.reshape(heads.shape[1], -1))


@mistake("attention", "the entries of the heads are interleaved")
def entries_interleaved(*args: Any) -> Tensor:
    """Your rows hold entry 0 of every head, then entry 1 of every head. `wo` expects all of head 0,
    then all of head 1. Check which dimension you stack along."""
    return attention_with(*args, join=lambda heads: heads.permute(1, 2, 0).flatten(1))


@mistake("attention", "the heads are stacked along the tokens")
def stacked_along_tokens(*args: Any) -> Tensor:
    """You put the heads below one another, so what you multiply by `wo` is only one head wide. Put
    them side by side: each token's row gets wider, and the number of rows stays T."""
    return attention_with(*args, join=lambda heads: heads.flatten(0, 1))


@mistake("attention", "the heads are added together, or only one is kept")
def one_head_wide(*args: Any) -> Tensor:
    """The matrix you multiply by `wo` has T rows but is only one head wide. Keep the result of
    every head, and put all of them side by side."""
    return attention_with(*args, join=lambda heads: heads.sum(0))


@mistake("attention", "wo is not transposed")
def wo_not_transposed(*args: Any) -> Tensor:
    """You multiply by `wo` as it is. Like every matrix in the checkpoint, it is stored as `[out,
    in]`, here `[D, H * d]`. In Llama 3 it is square, so you get no error."""
    return attention_with(*args, output=lambda joined, wo: joined @ wo)


@mistake("attention", "wo is missing")
def no_wo(*args: Any) -> Tensor:
    """You return the heads side by side. One step is missing: multiplying them by `wo`, which mixes
    the heads and brings the result back to the width of `x`."""
    return attention_with(*args, output=lambda joined, wo: joined)


@mistake("attention", "x is added to the result")
def residual_added(*args: Any) -> Tensor:
    """You add `x` to the result. That residual connection belongs to stage 17, which adds the
    vector from before the norm. Here `x` is already normalized."""
    return torch.add(args[0], attention_with(*args))


@mistake("attention", "the result stays float32")
def left_in_float32(*args: Any) -> Tensor:
    """Your values are right, but for a bfloat16 `x` you return float32. Convert back to the dtype
    of `x`, which the rest of the layer uses."""
    return attention_with(*[weight.float() for weight in args[:5]], *args[5:])
