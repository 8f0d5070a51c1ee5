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
    """Do what the reference does, all heads at once, except for what is given by name."""
    q = turn_q(split(x @ wq.T, n_heads), freqs_cis)  # [H, T, d]
    k = share_k(turn_k(split(x @ wk.T, n_kv_heads), freqs_cis), n_heads)  # [H, T, d]
    v = share_v(turn_v(split(x @ wv.T, n_kv_heads), freqs_cis), n_heads)  # [H, T, d]
    scores = scale(score(q, k), q.shape[-1]).float() + mask(len(x))  # [H, T, T]
    heads = torch.softmax(scores, softmax_dim).to(v.dtype) @ v  # [H, T, d]
    return output(join(heads), wo)  # [T, D]


def rotate_across(heads: Tensor, freqs_cis: Tensor) -> Tensor:
    return rotate(heads.transpose(0, 1), freqs_cis).transpose(0, 1)  # reads [T, n, d]


@mistake("kv_head_index", "the key/value heads are dealt out like cards")
def modulo_kv_heads(query_head: int, n_heads: int, n_kv_heads: int) -> int:
    """You go round: query heads 0, 1, 2 get key/value heads 0, 1, 2, and then it starts again. In
    Llama neighbours share a head, as `repeat_interleave` does it and `repeat` does not."""
    return query_head % n_kv_heads


@mistake("kv_head_index", "the place inside the group is returned")
def modulo_group_size(query_head: int, n_heads: int, n_kv_heads: int) -> int:
    """You return which member of its group a query head is. What is asked for is which group it
    belongs to: the members of one group all get the same number."""
    return query_head % (n_heads // n_kv_heads)


@mistake("kv_head_index", "divided by the number of key/value heads")
def divided_by_kv_heads(query_head: int, n_heads: int, n_kv_heads: int) -> int:
    """You divide by how many groups there are. Divide by how many query heads a group has; the two
    are easily taken for each other, and with 4 heads in 2 groups they are equal."""
    return query_head // n_kv_heads


@mistake("kv_head_index", "the group size is fixed at 4")
def group_fixed_at_4(query_head: int, n_heads: int, n_kv_heads: int) -> int:
    """Four query heads share a key/value head in the 8B, which has 32 and 8. Other models have
    other groups, the tiny one here has three: work the size out from the two numbers."""
    return query_head // 4


@mistake("kv_head_index", "the group size is upside down")
def group_size_upside_down(query_head: int, n_heads: int, n_kv_heads: int) -> int:
    """You divide the number of key/value heads by that of query heads. There are at least as many
    query heads, so the whole number that comes out is zero as soon as heads are shared."""
    return query_head // (n_kv_heads // n_heads)


@mistake("kv_head_index", "no head is shared")
def no_sharing(query_head: int, n_heads: int, n_kv_heads: int) -> int:
    """You give every query head a key/value head of its own number. That is multi-head attention;
    here there are fewer key/value heads, and the numbers run past the last of them."""
    return query_head


@mistake("attention", "nothing is rotated")
def no_rotation(*args: Any) -> Tensor:
    """You do not use `freqs_cis`, so a token a step back and one far back look the same to the
    model. Rotate queries and keys, after the projection and before the scores."""
    return attention_with(*args, turn_q=lambda q, _: q, turn_k=lambda k, _: k)


@mistake("attention", "the keys are not rotated")
def keys_not_rotated(*args: Any) -> Tensor:
    """You rotate the queries alone. Only when both sides turn by their own position does their
    score depend on the distance between them."""
    return attention_with(*args, turn_k=lambda k, _: k)


@mistake("attention", "the queries are not rotated")
def queries_not_rotated(*args: Any) -> Tensor:
    """You rotate the keys alone. Only when both sides turn by their own position does their score
    depend on the distance between them."""
    return attention_with(*args, turn_q=lambda q, _: q)


@mistake("attention", "queries and keys are rotated twice")
def rotated_twice(*args: Any) -> Tensor:
    """You rotate queries and keys two times, so every distance counts double. Look for a second
    call of `rotate`, perhaps in the line that asks for the scores."""
    x, wq, wk, wv, wo, freqs_cis, *rest = args
    return attention_with(x, wq, wk, wv, wo, freqs_cis**2, *rest)


@mistake("attention", "the values are rotated too")
def values_rotated(*args: Any) -> Tensor:
    """You rotate queries, keys and values. Position decides who looks at whom; what is passed on
    when they do, the value, stays as it was projected."""
    return attention_with(*args, turn_v=rotate)


@mistake("attention", "rotated before the split into heads")
def rotated_before_split(*args: Any) -> Tensor:
    """You rotate vectors that are as wide as all heads together. `freqs_cis` has one angle for each
    pair of a single head: project into one head first, then rotate."""
    rotate(args[0] @ args[1].T, args[5])
    return attention_with(*args)


@mistake("attention", "rotated with heads in the place of positions")
def rotated_along_heads(*args: Any) -> Tensor:
    """The vectors that you rotate have the heads in their last dimension but one. `rotate` takes
    that dimension for the positions: a head's tokens belong there."""
    return attention_with(*args, turn_q=rotate_across, turn_k=rotate_across)


@mistake("attention", "the rotations are cut to the number of heads")
def freqs_sliced_by_heads(*args: Any) -> Tensor:
    """You cut `freqs_cis` to as many rows as there are heads, and every head turns by an angle of
    its own. The rows are positions: make the shapes fit by moving heads, not by cutting rows."""

    def turn(heads: Tensor, freqs_cis: Tensor) -> Tensor:
        return rotate_across(heads, freqs_cis[: len(heads)])

    return attention_with(*args, turn_q=turn, turn_k=turn)


@mistake("attention", "the future is not hidden")
def no_mask(*args: Any) -> Tensor:
    """Your tokens look at those that come after them. Stage 14's `masked_attention` hides these; a
    library function does so only when it is told to."""
    return attention_with(*args, mask=lambda n_tokens: torch.zeros(n_tokens, n_tokens))


@mistake("attention", "the scores are not scaled")
def no_scale(*args: Any) -> Tensor:
    """You leave the scores as large as they come, and the softmax listens to hardly more than one
    token. Stage 13 divides them by the root of a head's width."""
    return attention_with(*args, scale=lambda scores, width: scores)


@mistake("attention", "the softmax runs over the queries")
def softmax_over_queries(*args: Any) -> Tensor:
    """Your weights sum to one down every column, so tokens compete for being looked at. Each token
    shares out its own attention: every row, over the keys, sums to one."""
    return attention_with(*args, softmax_dim=-2)


@mistake("attention", "queries and keys have changed places")
def queries_and_keys_swapped(*args: Any) -> Tensor:
    """You score keys against queries, so each token looks at those that would look at it. Check the
    order of the arguments: queries, keys, values."""
    return attention_with(*args, score=lambda q, k: k @ q.mT)


@mistake("attention", "the values come from other heads than the keys")
def values_by_modulo(*args: Any) -> Tensor:
    """Your keys come from the right key/value head, your values from the one with the query head's
    number modulo K. A key and its value belong together: both use the same index."""
    return attention_with(*args, share_v=lambda v, n: v.repeat(n // len(v), 1, 1))


@mistake("attention", "the key/value heads are not shared out")
def kv_heads_not_repeated(*args: Any) -> Tensor:
    """You multiply H query heads with K key heads in one go, and torch cannot pair them up. Every
    query head needs the key/value head that `kv_head_index` names."""
    return attention_with(*args, share_k=lambda k, n: k, share_v=lambda v, n: v)


@mistake("attention", "wk and wv are cut into as many heads as wq")
def kv_cut_into_query_heads(*args: Any) -> Tensor:
    """You cut `wk` into `n_heads` heads, and each comes out narrower than a query. It holds only
    `n_kv_heads` of them, as does `wv`; all are as wide as a query head."""
    rotate(project(args[0], split_heads(args[2], args[6])[0]), args[5])
    return attention_with(*args)


@mistake("attention", "only as many heads are run as there are keys")
def loop_over_kv_heads(*args: Any) -> Tensor:
    """You run `n_kv_heads` heads, and what you hand to `wo` is too narrow. It is the query heads
    that you go through; the key/value heads are looked up on the way."""
    return attention_with(*args, join=lambda heads: heads[: args[7]].transpose(0, 1).flatten(1))


@mistake("attention", "the values are projected with wk")
def values_from_wk(*args: Any) -> Tensor:
    """Your values are made with `wk`, so they are keys: `wv` has no part in your result. The two
    have the same shape, so nothing complains."""
    x, wq, wk, _, *rest = args
    return attention_with(x, wq, wk, wk, *rest)


@mistake("attention", "the projected vectors are reshaped, not transposed")
def split_without_transpose(*args: Any) -> Tensor:
    """You view `[T, n * d]` as `[n, T, d]`, which cuts across the tokens: a head gets parts of many
    tokens. Split the last dimension in two, then exchange dimensions."""
    return attention_with(*args, split=lambda rows, n: rows.view(n, len(rows), -1))


@mistake("attention", "a head takes every n-th entry")
def heads_by_stride(*args: Any) -> Tensor:
    """You view a projected vector as `[d, n]`, so a head's entries lie n apart. A head is a run of
    d neighbours: the number of heads comes first."""
    return attention_with(*args, split=lambda rows, n: rows.view(len(rows), -1, n).permute(2, 0, 1))


@mistake("attention", "the heads are joined in reversed order")
def heads_reversed(*args: Any) -> Tensor:
    """You put the last head first. The columns of `wo` expect head 0 at the left, then head 1, and
    so on."""
    return attention_with(*args, join=lambda heads: heads.flip(0).transpose(0, 1).flatten(1))


@mistake("attention", "the heads are reshaped, not set side by side")
def joined_without_transpose(*args: Any) -> Tensor:
    """You reshape `[H, T, d]` to `[T, H * d]`. The size fits, but a row now holds several tokens of
    one head; it should hold one token of every head."""
    return attention_with(*args, join=lambda heads: heads.reshape(heads.shape[1], -1))


@mistake("attention", "the entries of the heads are shuffled together")
def entries_interleaved(*args: Any) -> Tensor:
    """Your rows hold entry 0 of every head, then entry 1 of every head. `wo` expects all of head 0,
    then all of head 1; look at the dimension along which you stack."""
    return attention_with(*args, join=lambda heads: heads.permute(1, 2, 0).flatten(1))


@mistake("attention", "the heads are stacked along the first dimension")
def stacked_along_tokens(*args: Any) -> Tensor:
    """You put the heads below one another, so what meets `wo` is one head wide. Set them side by
    side: a token's row grows wider, and the number of rows stays T."""
    return attention_with(*args, join=lambda heads: heads.flatten(0, 1))


@mistake("attention", "the heads are added up, or only one is kept")
def one_head_wide(*args: Any) -> Tensor:
    """What you multiply by `wo` has T rows but the width of one head. Keep the result of every
    head, and set all of them side by side."""
    return attention_with(*args, join=lambda heads: heads.sum(0))


@mistake("attention", "wo is not transposed")
def wo_not_transposed(*args: Any) -> Tensor:
    """You multiply by `wo` as it stands. It is `[D, H * d]`, out by in, like every matrix of the
    checkpoint; in Llama 3 it is square, so that no error tells you."""
    return attention_with(*args, output=lambda joined, wo: joined @ wo)


@mistake("attention", "wo is missing")
def no_wo(*args: Any) -> Tensor:
    """You return the heads side by side. `wo` is still to come: until then no head can write where
    another one has its place."""
    return attention_with(*args, output=lambda joined, wo: joined)


@mistake("attention", "x is added to the result")
def residual_added(*args: Any) -> Tensor:
    """Your result has `x` added to it. The residual is stage 17's, and what it adds is not this
    normalised `x` but the one from before the norm."""
    return torch.add(args[0], attention_with(*args))


@mistake("attention", "the result stays float32")
def left_in_float32(*args: Any) -> Tensor:
    """Your numbers are right, but for a bfloat16 input they come back as float32. Return the dtype
    of `x`, in which the layer goes on."""
    return attention_with(*[weight.float() for weight in args[:5]], *args[5:])
