"""Right ways to write stage 25 that differ from the reference."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from grader.author.right_ways import right_way
from solutions.s11_rotate import rotate
from solutions.s22_kv_cache import cached_attention
from solutions.s25_all_heads_at_once import all_heads_attention

Pair = tuple[Tensor, Tensor]


def prepared(
    x: Tensor,
    wq: Tensor,
    wk: Tensor,
    wv: Tensor,
    freqs_cis: Tensor,
    n_heads: int,
    n_kv_heads: int,
    past: Pair | None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the rotated queries, `[H, T, d]`, and the keys and values, `[K, S + T, d]`."""

    def in_heads(weight: Tensor, n_heads: int) -> Tensor:
        return F.linear(x, weight).view(len(x), n_heads, -1).transpose(0, 1)  # [n, T, d]

    keys = rotate(in_heads(wk, n_kv_heads), freqs_cis)
    kept = with_past(keys, in_heads(wv, n_kv_heads), past)
    return rotate(in_heads(wq, n_heads), freqs_cis), *kept


def with_past(k: Tensor, v: Tensor, past: Pair | None) -> Pair:
    """Return the keys and values of all tokens so far."""
    return (k, v) if past is None else (torch.cat([past[0], k], 1), torch.cat([past[1], v], 1))


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
def groups_as_rows(
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
    """Put the queries of a group below one another, so that nothing is repeated."""
    q, keys, values = prepared(x, wq, wk, wv, freqs_cis, n_heads, n_kv_heads, past)
    rows = q.reshape(n_kv_heads, -1, q.shape[-1])  # [K, H / K * T, d]
    scores = torch.bmm(rows, keys.mT).float() * q.shape[-1] ** -0.5
    hidden = later(len(x), keys.shape[1]).repeat(n_heads // n_kv_heads, 1)
    weights = scores.masked_fill(hidden, -torch.inf).softmax(-1).to(x.dtype)
    heads = torch.bmm(weights, values).view(n_heads, len(x), -1)  # [H, T, d]
    return heads.transpose(0, 1).reshape(len(x), -1) @ wo.T, (keys, values)


@right_way("all_heads_attention")
def groups_in_a_dimension_of_their_own(
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
    """Broadcast each key/value head over its group."""
    q, keys, values = prepared(x, wq, wk, wv, freqs_cis, n_heads, n_kv_heads, past)
    q = q.unflatten(0, (n_kv_heads, -1))  # [K, H / K, T, d]
    k, v = (one.unsqueeze(1).float() for one in (keys, values))  # [K, 1, S + T, d]
    scores = (q.float() @ k.mT) / q.shape[-1] ** 0.5  # [K, H / K, T, S + T]
    scores[..., later(*scores.shape[-2:])] = -torch.inf
    heads = torch.softmax(scores, dim=-1) @ v  # [K, H / K, T, d]
    return heads.permute(2, 0, 1, 3).reshape(x.shape).to(x.dtype) @ wo.T, (keys, values)


@right_way("all_heads_attention")
def library_attention_with_a_mask(
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
    """Always pass a boolean mask, also for one token."""
    q, keys, values = prepared(x, wq, wk, wv, freqs_cis, n_heads, n_kv_heads, past)
    visible = ~later(len(x), keys.shape[1])
    heads = F.scaled_dot_product_attention(q, keys, values, attn_mask=visible, enable_gqa=True)
    return heads.transpose(0, 1).flatten(1) @ wo.T, (keys, values)


@right_way("all_heads_attention")
def library_attention_with_repeated_heads(
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
    """Add a mask of 0 and -inf to a batch of one."""
    q, keys, values = prepared(x, wq, wk, wv, freqs_cis, n_heads, n_kv_heads, past)
    k, v = (one.repeat_interleave(n_heads // n_kv_heads, 0)[None] for one in (keys, values))
    total = k.shape[2]
    mask = torch.full((len(x), total), -torch.inf, dtype=x.dtype).triu(total - len(x) + 1)
    heads = F.scaled_dot_product_attention(q[None], k, v, attn_mask=mask).squeeze(0)
    return F.linear(heads.permute(1, 0, 2).reshape(len(x), -1), wo), (keys, values)


@right_way("all_heads_attention")
def library_attention_with_expanded_heads(
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
    """Let a group look at one key/value head, which isn't copied."""
    q, keys, values = prepared(x, wq, wk, wv, freqs_cis, n_heads, n_kv_heads, past)
    q = q.reshape(n_kv_heads, -1, *q.shape[1:])  # [K, H / K, T, d]
    k, v = (one[:, None].expand(-1, q.shape[1], -1, -1) for one in (keys, values))
    if past is None:
        heads = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    else:
        visible = None if len(x) == 1 else ~later(len(x), k.shape[2])
        heads = F.scaled_dot_product_attention(q, k, v, visible)
    return heads.flatten(0, 1).transpose(0, 1).flatten(1) @ wo.T, (keys, values)


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
def last_rows_of_the_square_mask(
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
    """Make the mask of all tokens, and keep the rows of the new ones."""
    q, keys, values = prepared(x, wq, wk, wv, freqs_cis, n_heads, n_kv_heads, past)
    total, group_size = keys.shape[1], n_heads // n_kv_heads
    square = torch.triu(torch.full((total, total), float("-inf")), diagonal=1)
    scores = q @ torch.repeat_interleave(keys, group_size, 0).mT * q.shape[-1] ** -0.5
    scores = scores.float() + square[-len(x) :]
    weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(values.dtype)
    heads = weights @ torch.repeat_interleave(values, group_size, 0)
    return heads.movedim(0, 1).flatten(1) @ wo.T, (keys, values)


@right_way("all_heads_attention")
def log_of_the_sum(
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
    """Write the softmax as an exponential of differences, in float32."""
    q, keys, values = prepared(x, wq, wk, wv, freqs_cis, n_heads, n_kv_heads, past)
    q = q.unflatten(0, (n_kv_heads, -1))  # [K, H / K, T, d]
    scores = (q @ keys.unsqueeze(1).mT).float() / q.shape[-1] ** 0.5
    scores = torch.where(later(*scores.shape[-2:]), -torch.inf, scores)
    weights = (scores - scores.logsumexp(-1, keepdim=True)).exp().to(x.dtype)
    heads = weights @ values.unsqueeze(1)  # [K, H / K, T, d]
    return heads.flatten(0, 1).transpose(0, 1).flatten(1) @ wo.T, (keys, values)


@right_way("all_heads_attention")
def in_float32(x: Tensor, wq: Tensor, wk: Tensor, wv: Tensor, wo: Tensor, *how: Any) -> Any:
    """Compute everything in float32 and return to the input's dtype at the very end."""
    *rest, past = how
    past = past and tuple(one.float() for one in past)
    wide = (one.float() for one in (x, wq, wk, wv, wo))
    out, cache = all_heads_attention(*wide, *rest, past)
    return out.to(x.dtype), tuple(one.to(x.dtype) for one in cache)


@right_way("all_heads_attention")
def still_a_loop(*args: Any) -> Any:
    """As in stage 22: only the speed differs."""
    return cached_attention(*args)
