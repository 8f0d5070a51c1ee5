"""The ways that stage 22 goes wrong."""

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any

import torch
from torch import Tensor

from grader.diagnosis import mistake, worked_out
from grader.diagnosis.known_mistakes import Mistake
from solutions.s08_embedding import embed
from solutions.s09_rms_norm import rms_norm
from solutions.s10_freqs_cis import precompute_freqs_cis
from solutions.s11_rotate import rotate
from solutions.s12_heads import project, split_heads
from solutions.s15_grouped_query_attention import kv_head_index
from solutions.s16_feed_forward import feed_forward
from solutions.s22_kv_cache import cached_attention, cached_forward

Cache = list[tuple[Tensor, Tensor]] | None
Weights = dict[str, Tensor]
Params = dict[str, Any]
FREQS, PAST = 5, 8  # arguments of `cached_attention`, counted from 0
CACHE = 3  # of `cached_forward`


def later(new: int, total: int, shift: int = 1) -> Tensor:
    """Return a mask that hides keys from `shift` after each new token's own on, `[T, S + T]`."""
    return torch.full((new, total), float("-inf")).triu(total - new + shift)


def from_key_0(new: int, total: int) -> Tensor:
    """Return a mask in which new token t sees keys 0 to t, as if it were token t of the text."""
    return torch.full((new, total), float("-inf")).triu(1)


def joined(old: Tensor, new: Tensor) -> Tensor:
    return torch.cat([old, new], dim=1)


def past_only(new: int, total: int) -> Tensor:
    """Return a mask that hides the keys of all new tokens."""
    return torch.zeros(new, total).index_fill(1, torch.arange(total - new, total), float("-inf"))


def with_argument(args: Sequence[Any], number: int, value: Any) -> list[Any]:
    """Return the arguments with one of them replaced."""
    return [*args[:number], value, *args[number + 1 :]]


def unchanged(x: Tensor, freqs_cis: Tensor) -> Tensor:
    return x


@worked_out("cached_attention")
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
    turn_q: Callable[..., Tensor] = rotate,
    turn_k: Callable[..., Tensor] = rotate,
    turn_v: Callable[..., Tensor] = unchanged,
    turn_all: Callable[..., Tensor] = unchanged,
    join_k: Callable[..., Tensor] = joined,
    join_v: Callable[..., Tensor] = joined,
    index: Callable[[int, int, int], int] = kv_head_index,
    width: Callable[[int], float] = lambda head_dim: head_dim**0.5,
    mask: Callable[[int, int], Tensor] = later,
    softmax_dim: int = -1,
    output: Callable[..., Tensor] = lambda heads, wo: heads @ wo.T,
    keep: Callable[..., Any] = lambda keys, values, new: (keys, values),
) -> Any:
    """Do what the reference does, except for the steps passed by name."""
    q = turn_q(torch.stack([project(x, w) for w in split_heads(wq, n_heads)]), freqs_cis)
    k = turn_k(torch.stack([project(x, w) for w in split_heads(wk, n_kv_heads)]), freqs_cis)
    v = turn_v(torch.stack([project(x, w) for w in split_heads(wv, n_kv_heads)]), freqs_cis)
    if past is not None:
        k, v = join_k(past[0], k), join_v(past[1], v)
    k, outputs = turn_all(k, freqs_cis), []
    for head in range(n_heads):
        kv_head = index(head, n_heads, n_kv_heads)
        scores = (q[head] @ k[kv_head].T / width(q.shape[-1])).float() + mask(len(x), k.shape[1])
        outputs.append(torch.softmax(scores, softmax_dim).to(x.dtype) @ v[kv_head])  # [T, d]
    return output(torch.cat(outputs, dim=-1), wo), keep(k, v, len(x))


def length(cache: Cache) -> int:
    return cache[0][0].shape[1] if cache else 0


@worked_out("cached_forward")
def forward_with(
    tokens: Tensor,
    weights: Weights,
    params: Params,
    cache: Cache,
    *,
    first: Callable[[Cache, int, int], int] = lambda cache, new, layer: length(cache),
    rows: Callable[[int, int], Any] = lambda start, new: slice(start, None),
    past: Callable[..., Any] = lambda cache, layer, new: cache[layer] if cache else None,
    of_layer: Callable[[int], int] = lambda layer: layer,
    kv_heads: Callable[[Params], Any] = lambda params: (
        params.get("n_kv_heads") or params["n_heads"]
    ),
    last_norm: Callable[..., Tensor] = rms_norm,
    logits: Callable[..., Any] = lambda hidden, output: output @ hidden[-1],
    keep: Callable[..., Any] = lambda longer: longer,
) -> Any:
    """Do what the reference does, except for the steps passed by name."""
    n_heads, eps, theta = params["n_heads"], params["norm_eps"], params["rope_theta"]
    x = embed(tokens, weights["tok_embeddings.weight"])
    longer: list[Any] = []
    for layer in range(params["n_layers"]):
        begin = f"layers.{of_layer(layer)}."
        own = {n.removeprefix(begin): w for n, w in weights.items() if n.startswith(begin)}
        start, new = first(cache, len(tokens), layer), len(tokens)
        table = precompute_freqs_cis(params["dim"] // n_heads, start + new, theta)
        normed = rms_norm(x, own["attention_norm.weight"], eps)
        wq, wk, wv, wo = (own[f"attention.{name}.weight"] for name in ("wq", "wk", "wv", "wo"))
        others = table[rows(start, new)], n_heads, kv_heads(params), past(cache, layer, new)
        out, kept = cached_attention(normed, wq, wk, wv, wo, *others)
        longer.append(kept)
        x = x + out
        matrices = [own[f"feed_forward.{name}.weight"] for name in ("w1", "w2", "w3")]
        x = x + feed_forward(rms_norm(x, own["ffn_norm.weight"], eps), *matrices)
    return logits(last_norm(x, weights["norm.weight"], eps), weights["output.weight"]), keep(longer)


def with_steps(
    name: str, version: Callable[..., Any], title: str, **steps: Any
) -> Callable[[Callable[[], None]], Mistake]:
    """Make a known mistake of changed steps; its explanation is the docstring below."""

    def make(explained: Callable[[], None]) -> Mistake:
        @wraps(explained)
        def wrong(*args: Any) -> Any:
            return version(*args, **steps)

        return mistake(name, title)(wrong)

    return make


attention_mistake = partial(with_steps, "cached_attention", attention_with)
forward_mistake = partial(with_steps, "cached_forward", forward_with)


@mistake("cached_attention", "wo is not transposed")
def wo_not_transposed(*args: Any) -> Any:
    """You multiply by `wo` as it is. Like every matrix in the checkpoint, it is stored as `[out,
    in]`, here `[D, H * d]`. In Llama 3 it is square, so you get no error."""
    return attention_with(*args, output=lambda heads, wo: heads @ wo)


@mistake("cached_attention", "wo is missing")
def no_wo(*args: Any) -> Any:
    """You return the heads side by side. One step is missing: multiplying them by `wo`, which mixes
    the heads and brings the result back to the width of `x`."""
    return attention_with(*args, output=lambda heads, wo: heads)


@mistake("cached_attention", "the past is not used")
def past_ignored(*args: Any) -> Any:
    """You compute with the new tokens alone, as if no text came before them. Put the keys and
    values in `past` in front of the new ones before you compute scores."""
    return cached_attention(*with_argument(args, PAST, None))


@attention_mistake(
    "only the new keys and values are returned", keep=lambda k, v, new: (k[:, -new:], v[:, -new:])
)
def only_the_new_returned() -> None:
    """Your result is right, but you return the keys and values of the new tokens alone. The next
    call would know nothing of the tokens before them."""


@mistake("cached_attention", "the past is returned unchanged")
def past_returned(*args: Any) -> Any:
    """You return `past` without the new keys and values (or None, if there was no past), so the
    next call can't see the new tokens. Return the joined tensors."""
    return cached_attention(*args)[0], args[PAST]


@attention_mistake(
    "the new keys come before the past ones",
    join_k=lambda old, new: joined(new, old),
    join_v=lambda old, new: joined(new, old),
)
def new_before_past() -> None:
    """You put the new keys and values in front of the past ones. The mask and the next call expect
    them in the order of the text: what was read first comes first."""


@attention_mistake(
    "the keys are joined along the heads", join_k=lambda old, new: torch.cat([old, new])
)
def joined_along_heads() -> None:
    """You join the past and the new keys along dimension 0, which counts heads. More tokens don't
    make more heads: of `[K, S, d]` and `[K, T, d]`, which dimension should grow?"""


@attention_mistake("the past values are left out", join_v=lambda old, new: new)
def past_values_left_out() -> None:
    """You join the past keys with the new ones, but not the values. Each of the S + T weights in a
    row needs a value, and there are only T values."""


@mistake("cached_attention", "past keys and values are confused")
def past_swapped(*args: Any) -> Any:
    """You take the first tensor of `past` for values and the second for keys. Both have the same
    shape, so you get no error. Keys come first, in `past` as in the result."""
    return cached_attention(*with_argument(args, PAST, args[PAST] and args[PAST][::-1]))


@attention_mistake(
    "values and keys are returned in the wrong order", keep=lambda keys, values, new: (values, keys)
)
def returned_swapped() -> None:
    """Your result is right, but in the pair that you return, the values come first. The next call
    will take them for keys."""


@mistake("cached_attention", "keys are returned as they were before the rotation")
def kept_unrotated(*args: Any) -> Any:
    """You rotate the new keys for the scores, but return them unrotated. The next call uses past
    keys as they are, since it doesn't get their rotations."""
    result, (keys, values) = cached_attention(*args)
    _, (unrotated, _) = attention_with(*args, turn_k=unchanged)
    return result, (unrotated, values)


@attention_mistake("past keys are rotated again", turn_k=unchanged, turn_all=rotate)
def past_rotated_again() -> None:
    """You rotate all keys after joining them, but the keys in `past` are rotated already, and
    `freqs_cis` has only the new tokens' positions. With one new token you get no error: its
    rotation is applied to every key."""


@attention_mistake("the new keys are not rotated", turn_k=unchanged)
def keys_not_rotated() -> None:
    """You don't rotate the new keys. A score depends on the distance between two tokens only if
    both the query and the key are rotated, each by its own position."""


@attention_mistake("the values are rotated too", turn_v=rotate)
def values_rotated() -> None:
    """You rotate the values, too. Position should affect only which tokens attend to which. The
    values stay as `wv` made them, even in the cache."""


@mistake("cached_attention", "all new tokens have the position of the first")
def one_position_for_all(*args: Any) -> Any:
    """You rotate every new token by the first row of `freqs_cis`. That is right for a single new
    token, but if there are several, each has a position of its own."""
    return cached_attention(*with_argument(args, FREQS, args[FREQS][:1]))


@mistake("cached_attention", "a key for every query head is kept")
def shared_heads_kept(*args: Any) -> Any:
    """You copy each key and value for every query head of its group, and return H keys and H values
    per token. Return only the K different ones: the point of grouped-query attention is to keep
    fewer keys and values."""
    result, pair = cached_attention(*args)
    n_heads, n_kv_heads = args[FREQS + 1 : PAST]
    return result, tuple(one.repeat_interleave(n_heads // n_kv_heads, dim=0) for one in pair)


@attention_mistake(
    "query heads take turns on the key/value heads",
    index=lambda head, n_heads, n_kv_heads: head % n_kv_heads,
)
def round_robin() -> None:
    """You pair query head h with key/value head h modulo K, as `repeat` does. In Llama, neighboring
    query heads share a key/value head, as `kv_head_index` from stage 15 says."""


@attention_mistake("there is no mask", mask=torch.zeros)
def no_mask() -> None:
    """You use no mask. A single new token doesn't need one, but if there are several, each of them
    sees the tokens after it."""


@mistake("cached_attention", "there is no mask if there is a past")
def mask_only_without_past(*args: Any) -> Any:
    """You use the mask only if there is no past. When several new tokens follow earlier ones, each
    of them sees the tokens after it."""
    return attention_with(*args, mask=later if args[PAST] is None else torch.zeros)


@attention_mistake(
    "each token sees the one after it", mask=lambda new, total: later(new, total, shift=2)
)
def sees_one_too_many() -> None:
    """Your mask begins one column too late: row t sees keys 0 to S + t + 1, although key S + t + 1
    belongs to the next token."""


@attention_mistake("no token sees itself", mask=lambda new, total: later(new, total, shift=0))
def hides_itself() -> None:
    """Your mask begins one column too early: row t sees keys 0 to S + t - 1, but not its own. The
    first token of a text then sees nothing, and its softmax is nan."""


@attention_mistake(
    "the mask has columns for the new tokens only", mask=lambda new, total: later(new, new)
)
def mask_of_new_tokens() -> None:
    """Your mask is `[T, T]`, but the scores are `[T, S + T]`, since the new tokens see the past as
    well. Your mask fits only if there is no past, or if T = 1, because torch then stretches the
    mask's single column."""


@attention_mistake("the mask counts the new tokens from key 0", mask=from_key_0)
def mask_from_key_0() -> None:
    """In your mask, row t sees keys 0 to t, as if the new tokens started the text. `is_causal=True`
    does the same, and so do the first T rows of a square mask. The key of new token t is number S +
    t."""


@attention_mistake(
    "the mask of several new tokens counts from key 0",
    mask=lambda new, total: from_key_0(new, total) if new > 1 else torch.zeros(new, total),
)
def several_masked_from_key_0() -> None:
    """You leave out the mask for a single new token, which is fine. But with several new tokens,
    your row t sees keys 0 to t, as if they began the text. The key of new token t is number S +
    t."""


@attention_mistake(
    "the mask hides what should be visible",
    mask=lambda new, total: torch.full((new, total), float("-inf")).tril(total - new),
)
def seen_ones_hidden() -> None:
    """Your mask hides the keys that a token should see and shows the later ones. Nothing comes
    after the last token, so it sees no key, and its softmax is nan."""


@attention_mistake(
    "the mask has a row for every token of the text",
    mask=lambda new, total: later(total, total)[-new:],
)
def square_mask() -> None:
    """Your values are right, but you build a square mask, and only T of its rows are used. For one
    new token after 8,000 others, the mask has 64 million entries."""


@mistake("cached_attention", "the new keys are joined after the attention")
def joined_too_late(*args: Any) -> Any:
    """Your new tokens see the past, but not themselves or each other: you join their keys and
    values to the past only after you compute the scores."""
    if args[PAST] is None:
        return cached_attention(*args)
    return attention_with(*args, mask=past_only)


@mistake("cached_attention", "a single token sees only itself")
def single_token_alone(*args: Any) -> Any:
    """If there is one new token, you don't use the past, so the token sees only itself. A single
    token after many others is exactly what the cache is for."""
    return cached_attention(*(args if len(args[0]) > 1 else with_argument(args, PAST, None)))


@attention_mistake("the scores are not scaled", width=lambda head_dim: 1.0)
def not_scaled() -> None:
    """You don't divide the scores by the square root of the head's width, so the softmax is too
    sharp. `attention_scores` from stage 13 does that for you."""


@mistake("cached_attention", "only the last new token's result is returned")
def only_the_last_token(*args: Any) -> Any:
    """You return only the last new token's row. The next layer needs the rows of all new tokens,
    because it makes their keys and values from these rows."""
    result, pair = cached_attention(*args)
    return result[-1:], pair


@mistake("cached_attention", "keys and values are not in a pair of their own")
def three_results(*args: Any) -> Any:
    """You return three tensors side by side. Return two things: the result, and the pair of keys
    and values that the next call gets as `past`."""
    result, (keys, values) = cached_attention(*args)
    return result, keys, values


@attention_mistake(
    "the cache has tokens before heads",
    keep=lambda k, v, new: (k.transpose(0, 1), v.transpose(0, 1)),
)
def tokens_before_heads() -> None:
    """Your values are right, but the keys and values that you return are `[S + T, K, d]`, the order
    in Meta's code. Here heads come first: `[K, S + T, d]`."""


@mistake("cached_attention", "the results stay float32")
def left_in_float32(*args: Any) -> Any:
    """Your values are right, but in half precision you return float32, perhaps because nothing is
    converted back after the softmax. The cache would then take twice the memory."""
    result, (keys, values) = cached_attention(*args)
    return result.float(), (keys.float(), values.float())


@attention_mistake(
    "the mask is fixed on the CPU",
    mask=lambda new, total: torch.full((new, total), float("-inf"), device="cpu").triu(
        total - new + 1
    ),
)
def mask_on_the_cpu() -> None:
    """You create the mask on the CPU, so it can't be added to scores that are on a GPU. Leave the
    device to torch, or take it from one of the arguments."""


@forward_mistake(
    "the new tokens are rotated as if they began the text", first=lambda cache, new, layer: 0
)
def positions_from_zero() -> None:
    """You rotate the new tokens by positions 0 to T - 1 in every call. With S tokens in the cache,
    the new ones are at positions S to S + T - 1."""


@forward_mistake(
    "the positions are one too high", first=lambda cache, new, layer: length(cache) + 1
)
def one_position_late() -> None:
    """You rotate the first new token by position S + 1. Positions count from 0: if S tokens came
    before, they are at 0 to S - 1, and the next one is at S."""


@forward_mistake(
    "the earlier tokens are counted twice", first=lambda cache, new, layer: 2 * length(cache)
)
def earlier_tokens_counted_twice() -> None:
    """You rotate the first new token by position 2S, because you add the length of the past twice.
    Perhaps you increase one counter twice, once for the prompt and once for the cache."""


@forward_mistake("all new tokens are at position S", rows=lambda start, new: [start] * new)
def all_at_one_position() -> None:
    """You rotate all new tokens by position S. That is right for one token per call, but several
    tokens are at positions S, S + 1 and so on."""


@forward_mistake(
    "the key/value heads are counted, not the tokens",
    first=lambda cache, new, layer: cache[0][0].shape[0] if cache else 0,
)
def heads_counted() -> None:
    """You take the number of key/value heads for the number of earlier tokens. In `[K, S, d]` the
    tokens are the second dimension."""


@forward_mistake(
    "the layers are counted, not the tokens", first=lambda cache, new, layer: len(cache or [])
)
def layers_counted() -> None:
    """You use the length of the list `cache` as the number of earlier tokens. The list has one pair
    per layer, however long the text is; the shape of its tensors says how many tokens there are."""


@forward_mistake(
    "later layers count the new tokens as earlier ones",
    first=lambda cache, new, layer: length(cache) + new * (layer > 0),
)
def length_after_layer_0() -> None:
    """Your layer 0 rotates by the right positions, but in later layers the positions are T too
    high. There, you read the cache's length again after layer 0 has joined its new keys. Read it
    once, before the first layer."""


@forward_mistake(
    "every layer gets the cache of layer 0",
    past=lambda cache, layer, new: cache[0] if cache else None,
)
def cache_of_layer_0() -> None:
    """You pass the keys and values of layer 0 to every layer. Each layer has its own, made with its
    own weights from its own input."""


@forward_mistake("the layers don't get the cache", past=lambda cache, layer, new: None)
def cache_not_passed_on() -> None:
    """Your new tokens have the right positions, but no layer gets the keys and values of the
    earlier tokens, so the new tokens see only each other."""


@mistake("cached_forward", "the cache is not used")
def cache_ignored(*args: Any) -> Any:
    """You run the new tokens as a text of their own: they start at position 0 and see only each
    other. Without the cache, the model has forgotten everything before them."""
    return cached_forward(*with_argument(args, CACHE, None))


@forward_mistake(
    "several tokens at once are taken for a new text",
    past=lambda cache, layer, new: cache[layer] if cache and new == 1 else None,
)
def cache_for_single_tokens() -> None:
    """You use the cache only if there is one new token. Several can follow a cache, too, as when a
    chat goes on with the user's next message."""


@forward_mistake("only the last layer's pair is returned", keep=lambda longer: longer[-1])
def last_pair_returned() -> None:
    """You return the keys and values of the last layer instead of a list with one pair per layer.
    Collect the pairs in your loop."""


@mistake("cached_forward", "the cache is returned unchanged")
def old_cache_returned(*args: Any) -> Any:
    """You return the cache that you got, without the new tokens. Each layer hands you its longer
    pair: collect these in a new list."""
    return cached_forward(*args)[0], args[CACHE]


@mistake("cached_forward", "the caller's list is changed")
def replaced_in_place(*args: Any) -> Any:
    """You put the longer pairs into the caller's own list, so the caller can't continue from the
    shorter text again. Collect them in a new list."""
    logits, longer = cached_forward(*args)
    if args[CACHE] is not None:
        args[CACHE][:] = longer
    return logits, longer


@mistake("cached_forward", "the longer pairs are appended to the old list")
def appended_to_the_old(*args: Any) -> Any:
    """You append the new pairs to the caller's list, so it has two pairs per layer, and the next
    call finds the old, shorter ones. Begin with an empty list."""
    logits, longer = cached_forward(*args)
    cache = [] if args[CACHE] is None else args[CACHE]
    cache.extend(longer)
    return logits, cache


@forward_mistake(
    "the logits after the first new token are returned",
    logits=lambda hidden, output: output @ hidden[0],
)
def logits_of_the_first() -> None:
    """You return the logits after the first new token. Only the last new token has seen the whole
    text, and the text continues after it."""


@forward_mistake(
    "the logits of every new token are returned", logits=lambda hidden, output: hidden @ output.T
)
def logits_of_all() -> None:
    """You return one row of logits per new token, `[T, V]`. Return only the logits after the last
    token, `[V]`."""


@forward_mistake("the final norm is missing", last_norm=lambda x, weight, eps: x)
def no_final_norm() -> None:
    """You compute the logits from what the last layer returns. The final norm, `norm.weight`, comes
    before the output matrix."""


@forward_mistake("every layer has the weights of layer 0", of_layer=lambda layer: 0)
def weights_of_layer_0() -> None:
    """Your layers have their own caches, but all of them use the weights of layer 0. Put the loop's
    counter into the names of the weights."""


@forward_mistake(
    "an absent n_kv_heads raises an error", kv_heads=lambda params: params["n_kv_heads"]
)
def kv_heads_required() -> None:
    """Your code needs `n_kv_heads`, but not every `params` has it. If it is absent, there are as
    many key/value heads as query heads."""


@forward_mistake(
    "an n_kv_heads of None is not handled",
    kv_heads=lambda params: params.get("n_kv_heads", params["n_heads"]),
)
def kv_heads_none() -> None:
    """Your code handles an absent `n_kv_heads`, but not one that is None. `dict.get` uses its
    default only if the key is absent."""


@mistake("cached_forward", "rope_theta is fixed at 500,000")
def theta_fixed(*args: Any) -> Any:
    """You always rotate with Llama 3's theta of 500,000. Other models have other values: take it
    from `params`."""
    tokens, weights, params, cache = args
    return cached_forward(tokens, weights, {**params, "rope_theta": 500000.0}, cache)


@mistake("cached_forward", "only the logits are returned")
def only_logits(*args: Any) -> Any:
    """You return the logits alone. Without the longer cache, the next call would have to begin
    again with the whole text."""
    return cached_forward(*args)[0]


@forward_mistake(
    "the rotations of the whole text are passed on", rows=lambda start, new: slice(None)
)
def table_not_cut() -> None:
    """You pass on the rotations of all S + T positions. `cached_attention` gets the new tokens
    alone and expects a rotation for each of them, `[T, d/2]`."""
