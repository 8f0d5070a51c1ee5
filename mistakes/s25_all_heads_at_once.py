"""The ways that stage 25 goes wrong."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from grader.diagnosis import mistake, worked_out
from solutions.s11_rotate import rotate


def in_heads(rows: Tensor, n_heads: int) -> Tensor:
    return rows.view(len(rows), n_heads, -1).transpose(0, 1)


def after(earlier: Tensor, new: Tensor) -> Tensor:
    return torch.cat([earlier, new], dim=1)


def shared(heads: Tensor, n_heads: int) -> Tensor:
    return heads.repeat_interleave(n_heads // len(heads), dim=0)


def in_turn(heads: Tensor, n_heads: int) -> Tensor:
    return heads.repeat(n_heads // len(heads), 1, 1)


def rotate_across(heads: Tensor, freqs_cis: Tensor) -> Tensor:
    return rotate(heads.transpose(0, 1), freqs_cis).transpose(0, 1)  # reads [T, n, d]


def later(scores: Tensor, diagonal: int) -> Tensor:
    return torch.full_like(scores, -torch.inf).triu(diagonal)


def unturned(heads: Tensor, freqs_cis: Tensor) -> Tensor:
    return heads


@worked_out("all_heads_attention")
def attention_with(
    x: Tensor,
    wq: Tensor,
    wk: Tensor,
    wv: Tensor,
    wo: Tensor,
    freqs_cis: Tensor,
    n_heads: int,
    n_kv_heads: int,
    past: tuple[Tensor, Tensor] | None,
    *,
    split: Callable[..., Tensor] = in_heads,
    turn_q: Callable[..., Tensor] = rotate,
    turn_k: Callable[..., Tensor] = rotate,
    turn_v: Callable[..., Tensor] = unturned,
    append: Callable[..., Tensor] = after,
    share: Callable[..., Tensor] = shared,
    share_v: Callable[..., Tensor] | None = None,
    transpose: Callable[[Tensor], Tensor] = lambda k: k.mT,
    scale: Callable[..., Tensor] = lambda scores, d: scores / d**0.5,
    hidden_from: Callable[[int, int], int] = lambda new, total: total - new + 1,
    hide: Callable[..., Tensor] = lambda scores, at: scores + later(scores, at),
    weigh: Callable[..., Tensor] = lambda scores, dtype: scores.softmax(-1).to(dtype),
    join: Callable[[Tensor], Tensor] = lambda heads: heads.transpose(0, 1).flatten(1),
    output: Callable[..., Tensor] = lambda joined, wo: joined @ wo.T,
    kept: Callable[..., Any] = lambda keys, values: (keys, values),
) -> Any:
    """Do what the reference does, in separate products, except for the steps passed by name."""
    q = turn_q(split(x @ wq.T, n_heads), freqs_cis)  # [H, T, d]
    keys = turn_k(split(x @ wk.T, n_kv_heads), freqs_cis)  # [K, T, d]
    values = turn_v(split(x @ wv.T, n_kv_heads), freqs_cis)  # [K, T, d]
    if past is not None:
        keys, values = append(past[0], keys), append(past[1], values)  # [K, S + T, d]
    k, v = share(keys, n_heads), (share_v or share)(values, n_heads)  # [H, S + T, d]
    scores = scale(q @ transpose(k), q.shape[-1]).float()  # [H, T, S + T]
    weights = weigh(hide(scores, hidden_from(*scores.shape[1:])), v.dtype)
    return output(join(weights @ v), wo), kept(keys, values)


@mistake("all_heads_attention", "the projected vectors are reshaped, not transposed")
def split_without_transpose(*args: Any) -> Any:
    """You view `[T, n * d]` as `[n, T, d]`. The sizes fit, but the numbers keep their order in
    memory, so a head gets pieces of other heads. With a single token, the result is the same as
    with a transpose."""
    return attention_with(*args, split=lambda rows, n: rows.view(n, len(rows), -1))


@mistake("all_heads_attention", "a head takes every n-th entry")
def heads_by_stride(*args: Any) -> Any:
    """You view a projected vector as `[d, n]`, so head 0 gets entries 0, n, 2n and so on. A head is
    d neighboring entries, so n has to come before d in the view."""
    return attention_with(*args, split=lambda rows, n: rows.view(len(rows), -1, n).permute(2, 0, 1))


@mistake("all_heads_attention", "heads are rotated as if they were positions")
def rotated_along_heads(*args: Any) -> Any:
    """In the tensor you rotate, the second-to-last dimension counts heads. `rotate` reads that
    dimension as positions. With one new token, the shapes fit by accident."""
    return attention_with(*args, turn_q=rotate_across, turn_k=rotate_across)


@mistake("all_heads_attention", "wq is not transposed")
def wq_not_transposed(*args: Any) -> Any:
    """You multiply `x` by `wq` as it is. Like every matrix in the checkpoint, it is stored as
    `[out, in]`. In Llama 3 it is square, so you get no error."""
    x, wq, *rest = args
    return attention_with(x, wq.T, *rest)


@mistake("all_heads_attention", "the values are projected with wk")
def values_from_wk(*args: Any) -> Any:
    """You compute the values with `wk`, so they are really keys without the rotation, and `wv` has
    no effect. `wk` and `wv` have the same shape, so you get no error."""
    x, wq, wk, _, *rest = args
    return attention_with(x, wq, wk, wk, *rest)


@mistake("all_heads_attention", "wk and wv are swapped")
def wk_and_wv_swapped(*args: Any) -> Any:
    """You compute the keys with `wv` and the values with `wk`. The two matrices have the same
    shape, so you get no error."""
    x, wq, wk, wv, *rest = args
    return attention_with(x, wq, wv, wk, *rest)


@mistake("all_heads_attention", "nothing is rotated")
def no_rotation(*args: Any) -> Any:
    """You don't use `freqs_cis`, so the new tokens have no position. Rotate queries and keys after
    the split into heads and before the scores."""
    return attention_with(*args, turn_q=unturned, turn_k=unturned)


@mistake("all_heads_attention", "the new keys are not rotated")
def keys_not_rotated(*args: Any) -> Any:
    """You rotate the queries but not the new keys, although the cached keys are rotated. A score
    depends on the distance between two tokens only if the query and the key are both rotated, each
    by its own position."""
    return attention_with(*args, turn_k=unturned)


@mistake("all_heads_attention", "the queries are not rotated")
def queries_not_rotated(*args: Any) -> Any:
    """You rotate the keys but not the queries. A score depends on the distance between two tokens
    only if the query and the key are both rotated, each by its own position."""
    return attention_with(*args, turn_q=unturned)


@mistake("all_heads_attention", "queries and keys are rotated twice")
def rotated_twice(*args: Any) -> Any:
    """You rotate queries and keys twice, so the new tokens turn by twice their angles, while the
    cached keys were rotated only once. Look for a second call to `rotate`."""
    return attention_with(*args[:5], args[5] ** 2, *args[6:])


@mistake("all_heads_attention", "the values are rotated too")
def values_rotated(*args: Any) -> Any:
    """You rotate the values as well as the queries and keys. Position should affect only which
    tokens attend to which. The values stay as `wv` made them."""
    return attention_with(*args, turn_v=rotate)


@mistake("all_heads_attention", "the cached keys are rotated again")
def cache_rotated_again(*args: Any) -> Any:
    """You join the new keys with the cached ones and then rotate them all. The cached keys were
    already rotated when they were new, and `freqs_cis` has rows only for the new tokens."""
    x, _, wk, _, _, freqs_cis, _, n_kv_heads, past = args
    if past is not None:
        keys = rotate(after(past[0], in_heads(x @ wk.T, n_kv_heads)), freqs_cis)
        past = keys[:, : -len(x)], past[1]
    return attention_with(*args[:8], past)


@mistake("all_heads_attention", "the first rows of `freqs_cis` are skipped")
def freqs_cut_at_the_past(*args: Any) -> Any:
    """You skip the first S rows of `freqs_cis`. The rows of the S cached tokens have already been
    cut off: row 0 belongs to the first new token."""
    start = 0 if args[8] is None else args[8][0].shape[1]
    return attention_with(*args[:5], args[5][start : start + len(args[0])], *args[6:])


@mistake("all_heads_attention", "the case without a past is missing")
def past_is_never_none(*args: Any) -> Any:
    """You index `past` even when it is None. It is None for the first tokens of a text, because
    there are no earlier keys and values yet."""
    return attention_with(*args[:8], (args[8][0], args[8][1]))


@mistake("all_heads_attention", "the past is ignored")
def past_ignored(*args: Any) -> Any:
    """You don't use `past`, so the new tokens see only one another, and the cache you return has
    forgotten the earlier tokens."""
    return attention_with(*args[:8], None)


@mistake("all_heads_attention", "the new tokens come before the cached ones")
def new_before_past(*args: Any) -> Any:
    """You put the new keys and values before the cached ones. The cache is in the order of the
    text, and the mask relies on that order: the new tokens belong at the end."""
    return attention_with(*args, append=lambda earlier, new: after(new, earlier))


@mistake("all_heads_attention", "the cache is joined along the heads")
def joined_along_heads(*args: Any) -> Any:
    """You join cached and new keys along dimension 0, which counts heads. The number of heads
    should stay the same, and the number of tokens should grow."""
    return attention_with(*args, append=lambda *both: torch.cat(both))


@mistake("all_heads_attention", "cached keys and values are swapped")
def past_swapped(*args: Any) -> Any:
    """You use the cached values as keys and the cached keys as values. In `past`, the keys come
    first. Keys and values have the same shape, so you get no error."""
    return attention_with(*args[:8], args[8] and args[8][::-1])


@mistake("all_heads_attention", "the cached keys are used as values too")
def cached_keys_as_values(*args: Any) -> Any:
    """You join the new values with the cached keys, perhaps after copying the line for the keys.
    The cached values are the second part of `past`."""
    return attention_with(*args[:8], args[8] and (args[8][0], args[8][0]))


@mistake("all_heads_attention", "the new keys overwrite cached ones")
def cache_overwritten(*args: Any) -> Any:
    """You write the new keys and values into the last rows of `past`, so earlier tokens are lost
    and the caller's cache changes. The cache should grow: join its rows and the new ones into a new
    tensor."""

    def written(earlier: Tensor, new: Tensor) -> Tensor:
        earlier[:, -new.shape[1] :] = new
        return earlier

    return attention_with(*args, append=written)


@mistake("all_heads_attention", "the key/value heads are dealt out in turn")
def heads_in_turn(*args: Any) -> Any:
    """Your query heads 0, 1, 2 use key/value heads 0, 1, 2, and after the last key/value head you
    start over at 0. `repeat` does that, and so does a view as `[H / K, K, ...]`. In Llama,
    neighboring query heads share a key/value head."""
    return attention_with(*args, share=in_turn)


@mistake("all_heads_attention", "only the values are dealt out in turn")
def values_in_turn(*args: Any) -> Any:
    """Your keys come from the right key/value head, but your values are dealt out in turn, as
    `repeat` does. A key and its value belong together."""
    return attention_with(*args, share_v=in_turn)


@mistake("all_heads_attention", "the key/value heads are not shared")
def kv_heads_not_repeated(*args: Any) -> Any:
    """You multiply H query heads by K key heads at once, and torch can't match them up. Repeat each
    key/value head for its group, or put the queries of a group together."""
    return attention_with(*args, share=lambda heads, n: heads)


@mistake("all_heads_attention", "the keys are reshaped, not transposed")
def keys_reshaped(*args: Any) -> Any:
    """You reshape the keys from `[..., S + T, d]` to `[..., d, S + T]`. The sizes fit, but each
    column then holds pieces of several keys. Swap the last two dimensions instead."""
    return attention_with(*args, transpose=lambda k: k.reshape(len(k), k.shape[2], -1))


@mistake("all_heads_attention", "the scores are not scaled")
def no_scale(*args: Any) -> Any:
    """Your scores are the plain dot products. These grow with the width, until the softmax gives
    nearly all the attention to one token."""
    return attention_with(*args, scale=lambda scores, d: scores)


@mistake("all_heads_attention", "the scores are divided by the width, or twice by its root")
def divided_by_width(*args: Any) -> Any:
    """Your scores are divided by d, or twice by its root, which is the same. That makes the
    attention too even. Note that `scaled_dot_product_attention` scales the scores itself."""
    return attention_with(*args, scale=lambda scores, d: scores / d)


@mistake("all_heads_attention", "the scores are divided by the root of the model's width")
def scaled_by_model_width(*args: Any) -> Any:
    """You divide by the square root of D, the width of `x`. A score is the product of a query and a
    key of one head, which are only d wide."""
    return attention_with(*args, scale=lambda scores, d: scores / args[0].shape[-1] ** 0.5)


@mistake("all_heads_attention", "the scores are divided by the root of the number of keys")
def scaled_by_keys(*args: Any) -> Any:
    """You divide by the square root of S + T. S + T is the last dimension of the scores and of the
    transposed keys, and it grows with the text; the width of a head doesn't."""
    return attention_with(*args, scale=lambda scores, d: scores / scores.shape[-1] ** 0.5)


@mistake("all_heads_attention", "the future is not masked")
def no_mask(*args: Any) -> Any:
    """Your new tokens see one another in both directions, so each also sees the tokens after it.
    Only a single new token needs no mask."""
    return attention_with(*args, hide=lambda scores, at: scores)


@mistake("all_heads_attention", "there is no mask once there is a past")
def no_mask_with_a_past(*args: Any) -> Any:
    """You mask the first tokens of a text, but not the new tokens that follow a cache. There can be
    several new tokens, and none of them may see the tokens after it."""
    return attention_with(*args, hidden_from=lambda new, total: 1 if new == total else total)


@mistake("all_heads_attention", "the mask counts from the first cached key")
def mask_at_the_top_left(*args: Any) -> Any:
    """Your row t sees keys 0 to t, as if there were no earlier tokens, so a new token can't even
    see itself. With a cache, `is_causal=True` does that too. Row t is token S + t of the text."""
    return attention_with(*args, hidden_from=lambda new, total: 1)


@mistake("all_heads_attention", "the next token is visible")
def next_token_visible(*args: Any) -> Any:
    """Your mask starts one column too far to the right, so each new token also sees the one after
    it, which is the token it should predict. Count again how many keys row 0 sees."""
    return attention_with(*args, hidden_from=lambda new, total: total - new + 2)


@mistake("all_heads_attention", "a token is hidden from itself")
def hides_itself(*args: Any) -> Any:
    """Your mask starts one column too far to the left, so a token can't see itself. Without a past,
    the first token then sees nothing, and a softmax over -inf alone is nan."""
    return attention_with(*args, hidden_from=lambda new, total: total - new)


@mistake("all_heads_attention", "the mask is shifted by the number of new tokens")
def shifted_by_new_tokens(*args: Any) -> Any:
    """You shift the mask by T, the number of new tokens. It has to be shifted by S, the number of
    cached tokens, because row 0 sees all of those."""
    return attention_with(*args, hidden_from=lambda new, total: 1 if new == total else new + 1)


@mistake("all_heads_attention", "the mask is inverted")
def mask_inverted(*args: Any) -> Any:
    """You hide what a token may see, and show what it may not. In the boolean mask of torch's
    `scaled_dot_product_attention`, True means visible; in the mask of `masked_fill`, True means
    hidden."""
    return attention_with(*args, hide=lambda s, at: s + torch.full_like(s, -torch.inf).tril(at - 1))


@mistake("all_heads_attention", "the mask of scaled_dot_product_attention is inverted")
def library_mask_inverted(*args: Any) -> Any:
    """In your mask, True marks the keys to hide, as in `masked_fill`. For torch's
    `scaled_dot_product_attention`, True means visible. If a token sees no key at all, that function
    returns 0 for it."""
    return attention_with(
        *args,
        hide=lambda s, at: s + torch.full_like(s, -torch.inf).tril(at - 1),
        weigh=lambda scores, dtype: scores.softmax(-1).nan_to_num(0.0).to(dtype),
    )


@mistake("all_heads_attention", "the mask changes scores by 1 instead of hiding them")
def ones_and_zeros_added(*args: Any) -> Any:
    """Compared with the visible scores, your mask lowers the hidden ones by only 1. Adding a mask
    of ones and zeros does that. In a boolean mask, True and False are enough, but a mask that is
    added needs 0 and -inf."""
    return attention_with(*args, hide=lambda s, at: s + torch.ones_like(s).tril(at - 1))


@mistake("all_heads_attention", "hidden scores are 0, not -inf")
def hidden_scores_of_zero(*args: Any) -> Any:
    """You set the scores of hidden keys to 0. The softmax still gives them weight, because e to the
    power of 0 is 1."""
    return attention_with(*args, hide=lambda scores, at: scores.tril(at - 1))


@mistake("all_heads_attention", "the mask is always square")
def square_mask(*args: Any) -> Any:
    """Your mask is `[T, T]`, but with a past the scores are `[T, S + T]`, so the two don't match.
    The mask needs a column for every key, including the cached ones."""
    return attention_with(*args, hide=lambda s, at: s + later(s[:, :, -s.shape[1] :], 1)[0])


@mistake("all_heads_attention", "the softmax runs over the queries")
def softmax_over_queries(*args: Any) -> Any:
    """Your attention weights sum to 1 over the queries, so the queries compete for a key. Each row
    should distribute its own attention over the keys, which are the last dimension."""
    return attention_with(*args, weigh=lambda scores, dtype: scores.softmax(-2).to(dtype))


@mistake("all_heads_attention", "the softmax runs over the heads")
def softmax_over_heads(*args: Any) -> Any:
    """Your attention weights sum to 1 over the heads, so the heads compete for a key. Every head
    should distribute its own attention over the keys, which are the last dimension."""
    return attention_with(*args, weigh=lambda scores, dtype: scores.softmax(0).to(dtype))


@mistake("all_heads_attention", "the exponential overflows")
def exponential_overflows(*args: Any) -> Any:
    """You take the exponentials of the scores as they are, and the exponential of a large score is
    infinite. `torch.softmax` first subtracts the row's maximum, which prevents that and doesn't
    change the result."""
    return attention_with(
        *args, weigh=lambda s, dtype: (s.exp() / s.exp().sum(-1, keepdim=True)).to(dtype)
    )


@mistake("all_heads_attention", "the softmax is written out in half precision")
def softmax_in_half(*args: Any) -> Any:
    """Your softmax subtracts, exponentiates and divides in the dtype of `x`. In half precision,
    subtracting a large maximum loses digits: convert the scores to float32 first."""

    def weigh(scores: Tensor, dtype: torch.dtype) -> Tensor:
        powers = (scores.to(dtype) - scores.to(dtype).amax(-1, keepdim=True)).exp()
        return powers / powers.sum(-1, keepdim=True)

    return attention_with(*args, weigh=weigh)


@mistake("all_heads_attention", "the heads are reshaped, not placed side by side")
def joined_without_transpose(*args: Any) -> Any:
    """You reshape `[H, T, d]` to `[T, H * d]`. The size fits, but each row now holds several tokens
    of one head. It should hold all heads of one token."""
    return attention_with(*args, join=lambda heads: heads.reshape(heads.shape[1], -1))


@mistake("all_heads_attention", "the entries of the heads are interleaved")
def entries_interleaved(*args: Any) -> Any:
    """Your rows hold entry 0 of every head, then entry 1 of every head. `wo` expects all of head 0,
    then all of head 1. Check the order of the dimensions that you flatten."""
    return attention_with(*args, join=lambda heads: heads.permute(1, 2, 0).flatten(1))


@mistake("all_heads_attention", "the heads of the groups are interleaved")
def groups_interleaved(*args: Any) -> Any:
    """You put the first head of every group first, then the second of every group. `wo` expects all
    heads of group 0, then all of group 1. Check the order of the dimensions that you flatten."""
    return attention_with(
        *args, join=lambda heads: heads.unflatten(0, (args[7], -1)).permute(2, 1, 0, 3).flatten(1)
    )


@mistake("all_heads_attention", "wo is not transposed")
def wo_not_transposed(*args: Any) -> Any:
    """You multiply by `wo` as it is. Like every matrix in the checkpoint, it is stored as `[out,
    in]`, here `[D, H * d]`. In Llama 3 it is square, so you get no error."""
    return attention_with(*args, output=lambda joined, wo: joined @ wo)


@mistake("all_heads_attention", "wo is missing")
def no_wo(*args: Any) -> Any:
    """You return the heads side by side. One step is missing: multiplying them by `wo`, which mixes
    the heads and brings the result back to the width of `x`."""
    return attention_with(*args, output=lambda joined, wo: joined)


@mistake("all_heads_attention", "x is added to the result")
def residual_added(*args: Any) -> Any:
    """You add `x` to the result. The layer itself does that later, with the vector from before the
    norm. The `x` that you get here is already normalized."""
    return attention_with(*args, output=lambda joined, wo: args[0] + joined @ wo.T)


@mistake("all_heads_attention", "the result is float32")
def left_in_float32(*args: Any) -> Any:
    """Your values are right, but for a bfloat16 `x` your result is float32. Convert back to the
    dtype of `x`, which the rest of the layer uses."""
    return attention_with(*args, output=lambda joined, wo: joined.float() @ wo.float().T)


@mistake("all_heads_attention", "keys and values are returned in the wrong order")
def cache_in_wrong_order(*args: Any) -> Any:
    """You return the values first and the keys second. In `past`, the keys come first, and what you
    return is the next call's `past`."""
    return attention_with(*args, kept=lambda keys, values: (values, keys))


@mistake("all_heads_attention", "only the new keys and values are returned")
def new_ones_returned(*args: Any) -> Any:
    """Your result is right, but you return only the keys and values of the new tokens, so the next
    token would see nothing before them."""
    return attention_with(
        *args, kept=lambda keys, values: (keys[:, -len(args[0]) :], values[:, -len(args[0]) :])
    )


@mistake("all_heads_attention", "the old cache is returned")
def past_returned(*args: Any) -> Any:
    """Your result is right, but you return `past` as you got it, without the new tokens, so the
    next token would not see the new ones."""
    return attention_with(*args, kept=lambda keys, values: args[8])


@mistake("all_heads_attention", "the repeated keys and values are returned")
def repeated_returned(*args: Any) -> Any:
    """You return the keys and values after repeating them for every query head. The cache should
    have K heads, not H: a smaller cache is the point of grouped-query attention."""
    return attention_with(*args, kept=lambda *cache: tuple(shared(one, args[6]) for one in cache))


@mistake("all_heads_attention", "the cache is returned with tokens before heads")
def cache_by_tokens(*args: Any) -> Any:
    """You return keys and values as `[S + T, K, d]`, one row per token, as Meta's code stores them.
    Here the heads come first, `[K, S + T, d]`, as in `past`."""
    return attention_with(
        *args, kept=lambda keys, values: (keys.transpose(0, 1), values.transpose(0, 1))
    )


@mistake("all_heads_attention", "the new keys in the cache are not rotated")
def unrotated_returned(*args: Any) -> Any:
    """You return the new keys as they were before the rotation. The next call gets only the
    rotations of its own tokens, so it can't rotate these keys anymore."""
    new = in_heads(args[0] @ args[2].T, args[7])
    return attention_with(*args, kept=lambda k, v: (after(k[:, : -len(args[0])], new), v))


@mistake("all_heads_attention", "the cache is float32")
def cache_in_float32(*args: Any) -> Any:
    """For a bfloat16 `x` you return keys and values in float32, which takes twice the memory. Keep
    the cache in the dtype of `x`."""
    return attention_with(*args, kept=lambda keys, values: (keys.float(), values.float()))
