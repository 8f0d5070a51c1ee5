"""Right ways to write stage 25 that differ from the reference."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from grader.author.right_ways import right_way
from solutions.s11_rotate import rotate
from solutions.s22_kv_cache import cached_attention
from solutions.s25_all_heads_at_once import all_heads_attention

Pair = tuple[Tensor, Tensor]


def with_past(k: Tensor, v: Tensor, past: Pair | None) -> Pair:
    """Return the keys and values of all tokens so far."""
    return (k, v) if past is None else (torch.cat([past[0], k], 1), torch.cat([past[1], v], 1))


def attending(attend: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Callable[..., Any]:
    """Make a right way of what mixes the values: queries `[H, T, d]`, and keys and values
    `[K, S + T, d]`, become heads `[H, T, d]`."""

    @wraps(attend)
    def whole(
        x: Tensor,
        wq: Tensor,
        wk: Tensor,
        wv: Tensor,
        wo: Tensor,
        freqs_cis: Tensor,
        n_heads: int,
        n_kv_heads: int,
        past: Pair | None,
    ) -> tuple[Tensor, Pair]:
        def in_heads(weight: Tensor, count: int) -> Tensor:
            return F.linear(x, weight).view(len(x), count, -1).transpose(0, 1)  # [n, T, d]

        keys = rotate(in_heads(wk, n_kv_heads), freqs_cis)
        keys, values = with_past(keys, in_heads(wv, n_kv_heads), past)
        heads = attend(rotate(in_heads(wq, n_heads), freqs_cis), keys, values)
        return heads.to(x.dtype).transpose(0, 1).reshape(len(x), -1) @ wo.T, (keys, values)

    return whole


def later(new: int, total: int) -> Tensor:
    """Return which keys a row may not see, bool `[T, S + T]`."""
    return torch.arange(total) > torch.arange(total - new, total)[:, None]


@right_way("all_heads_attention")
def as_meta_does(
    x: Tensor,
    wq: Tensor,
    wk: Tensor,
    wv: Tensor,
    wo: Tensor,
    freqs_cis: Tensor,
    n_heads: int,
    n_kv_heads: int,
    past: Pair | None,
) -> tuple[Tensor, Pair]:
    """Repeat keys and values for the query heads, and mask with -inf."""
    n_new, group_size = len(x), n_heads // n_kv_heads
    q = rotate((x @ wq.T).view(n_new, n_heads, -1).transpose(0, 1), freqs_cis)  # [H, T, d]
    keys = rotate((x @ wk.T).view(n_new, n_kv_heads, -1).transpose(0, 1), freqs_cis)
    values = (x @ wv.T).view(n_new, n_kv_heads, -1).transpose(0, 1)  # [K, T, d]
    if past is not None:
        keys = torch.cat((past[0], keys), dim=1)  # [K, S + T, d]
        values = torch.cat((past[1], values), dim=1)  # [K, S + T, d]
    k = keys.repeat_interleave(group_size, dim=0)  # [H, S + T, d]
    v = values.repeat_interleave(group_size, dim=0)  # [H, S + T, d]
    scores = torch.matmul(q, k.transpose(1, 2)) / q.shape[-1] ** 0.5  # [H, T, S + T]
    if n_new > 1:
        mask = torch.triu(torch.full((n_new, n_new), float("-inf")), diagonal=1)
        scores = scores + torch.hstack([torch.zeros(n_new, len(k[0]) - n_new), mask]).type_as(x)
    weights = F.softmax(scores.float(), dim=-1).type_as(q)
    out = (weights @ v).transpose(0, 1).contiguous().view(n_new, -1)
    return F.linear(out, wo), (keys, values)


@right_way("all_heads_attention")
@attending
def groups_as_rows(q: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Put the queries of a group below one another, so that nothing is repeated."""
    rows = q.reshape(len(keys), -1, q.shape[-1])  # [K, H / K * T, d]
    scores = torch.bmm(rows, keys.mT).float() * q.shape[-1] ** -0.5
    hidden = later(q.shape[1], keys.shape[1]).repeat(len(q) // len(keys), 1)
    weights = scores.masked_fill(hidden, -torch.inf).softmax(-1).to(q.dtype)
    return torch.bmm(weights, values).view_as(q)


@right_way("all_heads_attention")
@attending
def groups_in_a_dimension_of_their_own(q: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Broadcast each key/value head over its group, in float32."""
    groups = q.unflatten(0, (len(keys), -1)).float()  # [K, H / K, T, d]
    k, v = (one.unsqueeze(1).float() for one in (keys, values))  # [K, 1, S + T, d]
    scores = groups @ k.mT / q.shape[-1] ** 0.5  # [K, H / K, T, S + T]
    scores[..., later(*scores.shape[-2:])] = -torch.inf
    return (torch.softmax(scores, dim=-1) @ v).flatten(0, 1)


@right_way("all_heads_attention")
@attending
def library_attention_with_a_mask(q: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Always pass a boolean mask, also for one token."""
    visible = ~later(q.shape[1], keys.shape[1])
    return F.scaled_dot_product_attention(q, keys, values, attn_mask=visible, enable_gqa=True)


@right_way("all_heads_attention")
@attending
def library_attention_with_repeated_heads(q: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Add a mask of 0 and -inf to a batch of one."""
    k, v = (one.repeat_interleave(len(q) // len(one), 0)[None] for one in (keys, values))
    new, total = q.shape[1], k.shape[2]
    mask = torch.full((new, total), -torch.inf, dtype=q.dtype).triu(total - new + 1)
    return F.scaled_dot_product_attention(q[None], k, v, attn_mask=mask).squeeze(0)


@right_way("all_heads_attention")
@attending
def library_attention_with_expanded_heads(q: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Let a group look at one key/value head, which isn't copied."""
    groups = q.unflatten(0, (len(keys), -1))  # [K, H / K, T, d]
    k, v = (one[:, None].expand(-1, groups.shape[1], -1, -1) for one in (keys, values))
    new, total = q.shape[1], keys.shape[1]
    if new == total:
        return F.scaled_dot_product_attention(groups, k, v, is_causal=True).flatten(0, 1)
    visible = None if new == 1 else ~later(new, total)
    return F.scaled_dot_product_attention(groups, k, v, visible).flatten(0, 1)


@right_way("all_heads_attention")
@attending
def last_rows_of_the_square_mask(q: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Make the mask of all tokens, and keep the rows of the new ones."""
    k, v = (torch.repeat_interleave(one, len(q) // len(one), 0) for one in (keys, values))
    square = torch.triu(torch.full((k.shape[1], k.shape[1]), float("-inf")), diagonal=1)
    scores = (q @ k.mT * q.shape[-1] ** -0.5).float() + square[-q.shape[1] :]
    return torch.softmax(scores, dim=-1, dtype=torch.float32).to(v.dtype) @ v


@right_way("all_heads_attention")
@attending
def softmax_by_logsumexp(q: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Subtract the logarithm of the sum before the exponential."""
    index = torch.arange(len(q)) * len(keys) // len(q)  # of every query head's key/value head
    scores = (q @ keys[index].mT).float() / q.shape[-1] ** 0.5
    scores = torch.where(later(*scores.shape[1:]), -torch.inf, scores)
    return (scores - scores.logsumexp(-1, keepdim=True)).exp().to(q.dtype) @ values[index]


@right_way("all_heads_attention")
def by_einsum(
    x: Tensor,
    wq: Tensor,
    wk: Tensor,
    wv: Tensor,
    wo: Tensor,
    freqs_cis: Tensor,
    n_heads: int,
    n_kv_heads: int,
    past: Pair | None,
) -> tuple[Tensor, Pair]:
    """Use Einstein sums: k(ey heads), g(roup members), t and s (tokens), h(ead entries)."""

    def split(weight: Tensor, *n_heads: int) -> Tensor:
        return weight.view(*n_heads, -1, weight.shape[-1])

    queries = split(wq, n_kv_heads, n_heads // n_kv_heads)  # [K, H / K, d, D]
    q = rotate(torch.einsum("td,kghd->kgth", x, queries), freqs_cis)
    k = rotate(torch.einsum("sd,khd->ksh", x, split(wk, n_kv_heads)), freqs_cis)
    keys, values = with_past(k, torch.einsum("sd,khd->ksh", x, split(wv, n_kv_heads)), past)
    scores = torch.einsum("kgth,ksh->kgts", q, keys).float() / q.shape[-1] ** 0.5
    hidden = later(len(x), keys.shape[1])
    weights = scores.masked_fill(hidden, float("-inf")).softmax(-1).to(x.dtype)
    heads = torch.einsum("kgts,ksh->tkgh", weights, values)
    return torch.einsum("tn,on->to", heads.flatten(1), wo), (keys, values)


@right_way("all_heads_attention")
def tokens_before_heads(
    x: Tensor,
    wq: Tensor,
    wk: Tensor,
    wv: Tensor,
    wo: Tensor,
    freqs_cis: Tensor,
    n_heads: int,
    n_kv_heads: int,
    past: Pair | None,
) -> tuple[Tensor, Pair]:
    """Keep tokens in the first dimension up to the scores."""
    q, k, v = (
        (x @ weight.T).unflatten(-1, (count, -1))  # [T, n, d]
        for weight, count in ((wq, n_heads), (wk, n_kv_heads), (wv, n_kv_heads))
    )
    turn = freqs_cis[:, None]  # the same for every head
    q, k = (
        torch.view_as_real(torch.view_as_complex(one.float().unflatten(-1, (-1, 2))) * turn)
        .flatten(-2)
        .to(x.dtype)
        for one in (q, k)
    )
    keys, values = with_past(k.transpose(0, 1), v.transpose(0, 1), past)
    total = keys.shape[1]
    q = q.unflatten(1, (n_kv_heads, -1))  # [T, K, H / K, d]
    scores = torch.einsum("tkgh,ksh->tkgs", q, keys).float() / q.shape[-1] ** 0.5
    hidden = later(len(x), total)[:, None, None]
    weights = scores.masked_fill(hidden, -torch.inf).softmax(-1).to(x.dtype)
    out = torch.einsum("tkgs,ksh->tkgh", weights, values)
    return out.reshape(len(x), -1) @ wo.T, (keys.contiguous(), values.contiguous())


@right_way("all_heads_attention")
def one_product_for_all_projections(
    x: Tensor,
    wq: Tensor,
    wk: Tensor,
    wv: Tensor,
    wo: Tensor,
    freqs_cis: Tensor,
    n_heads: int,
    n_kv_heads: int,
    past: Pair | None,
) -> tuple[Tensor, Pair]:
    """Stack the three matrices, and turn queries and keys together."""
    head_dim = len(wq) // n_heads
    rows = x @ torch.cat([wq, wk, wv]).T  # [T, (H + 2 K) * d]
    heads = rows.view(len(x), -1, head_dim).transpose(0, 1)  # [H + 2 K, T, d]
    turned = rotate(heads[:-n_kv_heads], freqs_cis)
    q, k = turned.split([n_heads, n_kv_heads])
    keys, values = with_past(k, heads[-n_kv_heads:], past)
    hidden = later(len(x), keys.shape[1])
    index = torch.arange(n_heads) * n_kv_heads // n_heads
    scores = q @ keys[index].transpose(-1, -2) / head_dim**0.5
    weights = scores.float().masked_fill(hidden, -torch.inf).softmax(-1).to(x.dtype)
    mixed = weights @ values[index]
    return torch.cat(list(mixed), dim=-1) @ wo.T, (keys, values)


@right_way("all_heads_attention")
def in_float32(*args: Any) -> Any:
    """Compute everything in float32 and return to the input's dtype at the very end."""
    past = args[8] and tuple(one.float() for one in args[8])
    wide = *(one.float() for one in args[:5]), *args[5:8], past
    out, cache = all_heads_attention(*wide)
    return out.to(args[0].dtype), tuple(one.to(args[0].dtype) for one in cache)


@right_way("all_heads_attention")
def still_a_loop(*args: Any) -> Any:
    """As in stage 22: only the speed differs."""
    return cached_attention(*args)
