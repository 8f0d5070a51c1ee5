"""Right and different ways of stage 22."""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from grader.author.right_ways import right_way
from solutions.s08_embedding import embed
from solutions.s09_rms_norm import rms_norm
from solutions.s10_freqs_cis import precompute_freqs_cis, rope_frequencies
from solutions.s11_rotate import rotate
from solutions.s12_heads import project, split_heads
from solutions.s14_masked_attention import causal_mask
from solutions.s15_grouped_query_attention import kv_head_index
from solutions.s16_feed_forward import feed_forward
from solutions.s19_next_token import next_token_logits
from solutions.s22_kv_cache import cached_attention, cached_forward

Pair = tuple[Tensor, Tensor]
Weights = dict[str, Tensor]
Params = dict[str, Any]


def in_heads(x: Tensor, weight: Tensor, n_heads: int) -> Tensor:
    """Return the projections of all heads at once, `[n, T, d]`."""
    return F.linear(x, weight).view(len(x), n_heads, -1).transpose(0, 1)


def longer(past: Pair | None, k: Tensor, v: Tensor) -> Pair:
    """Return the keys and values of all tokens, `[K, S + T, d]` each."""
    if past is None:
        return k, v
    return torch.cat((past[0], k), dim=-2), torch.cat((past[1], v), dim=-2)


def seen(new: int, total: int) -> Tensor:
    """Return which key each new token sees, bool `[T, S + T]`."""
    return torch.arange(total) <= torch.arange(total - new, total)[:, None]


@right_way("cached_attention")
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
    """All heads at once, keys and values repeated, the mask with zeros for the past."""
    n_tokens, head_dim = x.shape[0], x.shape[1] // n_heads
    q = rotate((x @ wq.T).view(n_tokens, n_heads, head_dim).transpose(0, 1), freqs_cis)
    k = rotate((x @ wk.T).view(n_tokens, n_kv_heads, head_dim).transpose(0, 1), freqs_cis)
    v = (x @ wv.T).view(n_tokens, n_kv_heads, head_dim).transpose(0, 1)
    start = 0 if past is None else past[0].shape[1]
    keys, values = longer(past, k, v)
    of_new = torch.triu(torch.full((n_tokens, n_tokens), float("-inf")), diagonal=1)
    mask = torch.hstack([torch.zeros((n_tokens, start)), of_new]).type_as(x)
    scores = q @ keys.repeat_interleave(n_heads // n_kv_heads, dim=0).transpose(1, 2)
    weights = F.softmax((scores / head_dim**0.5 + mask).float(), dim=-1).type_as(q)  # [H, T, S + T]
    heads = weights @ values.repeat_interleave(n_heads // n_kv_heads, dim=0)
    return heads.transpose(0, 1).reshape(n_tokens, -1) @ wo.T, (keys, values)


@right_way("cached_attention")
def library_attention(
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
    """Torch's own attention, with a mask of booleans."""
    q = rotate(in_heads(x, wq, n_heads), freqs_cis)
    k, v = rotate(in_heads(x, wk, n_kv_heads), freqs_cis), in_heads(x, wv, n_kv_heads)
    k, v = longer(past, k, v)
    mask = seen(len(x), k.shape[1])
    heads = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True)
    return heads.transpose(0, 1).flatten(1) @ wo.T, (k, v)


@right_way("cached_attention")
def grouped_queries(
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
    """Einstein sums: k(ey heads), g(roup members), t (new tokens), s (all tokens), h(ead)."""
    q_heads = wq.view(n_kv_heads, n_heads // n_kv_heads, -1, wq.shape[1])  # [K, H/K, d, D]
    q = rotate(torch.einsum("td,kghd->kgth", x, q_heads), freqs_cis)
    k = rotate(torch.einsum("td,khd->kth", x, split_heads(wk, n_kv_heads)), freqs_cis)
    v = torch.einsum("td,khd->kth", x, split_heads(wv, n_kv_heads))
    k, v = longer(past, k, v)
    scores = torch.einsum("kgth,ksh->kgts", q, k).float() * k.shape[-1] ** -0.5
    hidden = ~seen(len(x), k.shape[1])
    weights = scores.masked_fill(hidden, float("-inf")).softmax(-1).to(v.dtype)
    heads = torch.einsum("kgts,ksh->tkgh", weights, v)
    return F.linear(heads.flatten(1), wo), (k, v)


@right_way("cached_attention")
def over_groups(
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
    """One key/value head at a time, with its query heads; each adds its part of `wo`."""
    head_dim, group = wq.shape[0] // n_heads, n_heads // n_kv_heads
    result, all_keys, all_values = torch.zeros_like(x), [], []
    for kv_head in range(n_kv_heads):
        own = slice(kv_head * head_dim, (kv_head + 1) * head_dim)
        keys, values = rotate(x @ wk[own].T, freqs_cis), x @ wv[own].T
        if past is not None:
            keys, values = (
                torch.cat([past[0][kv_head], keys]),
                torch.cat([past[1][kv_head], values]),
            )
        all_keys.append(keys)
        all_values.append(values)
        for head in range(kv_head * group, (kv_head + 1) * group):
            rows = slice(head * head_dim, (head + 1) * head_dim)
            scores = rotate(x @ wq[rows].T, freqs_cis) @ keys.T / head_dim**0.5
            scores = scores.float().masked_fill(~seen(len(x), len(keys)), float("-inf"))
            result = result + scores.softmax(dim=1).to(x.dtype) @ values @ wo[:, rows].T
    return result, (torch.stack(all_keys), torch.stack(all_values))


@right_way("cached_attention")
def written_into_new_memory(
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
    """Keys and values copied into tensors that were made for all of them."""
    start = past[0].shape[1] if past else 0
    keys = torch.empty(n_kv_heads, start + len(x), len(wk) // n_kv_heads, dtype=x.dtype)
    values = torch.empty_like(keys)
    if past:
        keys[:, :start], values[:, :start] = past
    for head in range(n_kv_heads):
        keys[head, start:] = rotate(project(x, split_heads(wk, n_kv_heads)[head]), freqs_cis)
        values[head, start:] = project(x, split_heads(wv, n_kv_heads)[head])
    outputs = torch.empty(len(x), len(wq), dtype=x.dtype)
    width = len(wq) // n_heads
    for head, weight in enumerate(split_heads(wq, n_heads)):
        q, kv_head = rotate(project(x, weight), freqs_cis), kv_head_index(head, n_heads, n_kv_heads)
        scores = (q @ keys[kv_head].T).float() / width**0.5
        scores[:, start:] += causal_mask(len(x))
        outputs[:, head * width : (head + 1) * width] = (
            scores.softmax(-1).to(x.dtype) @ values[kv_head]
        )
    return outputs @ wo.T, (keys, values)


@right_way("cached_attention")
def row_by_row(
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
    """Each new token sees a slice of the keys, so that no mask is needed."""
    q = rotate(in_heads(x, wq, n_heads), freqs_cis)
    k, v = longer(past, rotate(in_heads(x, wk, n_kv_heads), freqs_cis), in_heads(x, wv, n_kv_heads))
    start = k.shape[1] - len(x)
    rows = []
    for t in range(len(x)):
        heads = []
        for head in range(n_heads):
            kv_head = head * n_kv_heads // n_heads
            keys, values = k[kv_head, : start + t + 1], v[kv_head, : start + t + 1]
            scores = (keys @ q[head, t]).float() / q.shape[-1] ** 0.5  # [S + t + 1]
            heads.append(torch.softmax(scores, dim=0).to(v.dtype) @ values)
        rows.append(torch.cat(heads))
    return torch.stack(rows) @ wo.T, (k, v)


@right_way("cached_attention")
def past_and_new_apart(
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
    """Scores of the past and of the new tokens, joined for the softmax and split again."""
    q = rotate(in_heads(x, wq, n_heads), freqs_cis).unflatten(0, (n_kv_heads, -1))  # [K, H/K, T, d]
    k, v = rotate(in_heads(x, wk, n_kv_heads), freqs_cis), in_heads(x, wv, n_kv_heads)
    old_k, old_v = past or (k[:, :0], v[:, :0])
    scale, start = k.shape[-1] ** -0.5, old_k.shape[1]
    of_new = (q @ k[:, None].mT * scale).float() + causal_mask(len(x))
    scores = torch.cat([(q @ old_k[:, None].mT * scale).float(), of_new], dim=-1)
    weights = scores.softmax(dim=-1).to(x.dtype)  # [K, H/K, T, S + T]
    heads = weights[..., :start] @ old_v[:, None] + weights[..., start:] @ v[:, None]
    result = heads.flatten(0, 1).transpose(0, 1).flatten(1) @ wo.T
    return result, (torch.cat([old_k, k], 1), torch.cat([old_v, v], 1))


@right_way("cached_attention")
def in_float32_and_back(
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
    """Everything in float32 inside, the weights with exponentials by hand."""
    wide, n_tokens = x.float(), len(x)
    q = rotate(in_heads(wide, wq.float(), n_heads), freqs_cis)
    k = rotate(in_heads(wide, wk.float(), n_kv_heads), freqs_cis)
    v = in_heads(wide, wv.float(), n_kv_heads)
    k, v = longer(past and (past[0].float(), past[1].float()), k, v)
    outputs = []
    for head in range(n_heads):
        kv_head = head // (n_heads // n_kv_heads)
        scores = q[head] @ k[kv_head].T / q.shape[-1] ** 0.5
        scores = torch.where(seen(n_tokens, k.shape[1]), scores, -torch.inf)
        powers = (scores - scores.amax(1, keepdim=True)).exp()
        outputs.append(powers / powers.sum(1, keepdim=True) @ v[kv_head])
    result = torch.hstack(outputs) @ wo.float().T
    return result.to(x.dtype), (k.to(x.dtype), v.to(x.dtype))


@right_way("cached_forward")
def with_a_start_position(
    tokens: Tensor, weights: Weights, params: Params, cache: list[Pair] | None
) -> tuple[Tensor, list[Pair]]:
    """A table of rotations for the longest possible text, cut as Meta's code does."""
    pasts: Sequence[Pair | None] = cache or [None] * params["n_layers"]
    start_pos = 0 if pasts[0] is None else pasts[0][0].size(1)
    table = precompute_freqs_cis(params["dim"] // params["n_heads"], 512, params["rope_theta"])
    freqs_cis = table[start_pos : start_pos + len(tokens)]
    h = F.embedding(tokens, weights["tok_embeddings.weight"])
    kept = []
    for layer, past in enumerate(pasts):
        h, pair = block(h, weights, layer, freqs_cis, params, past)
        kept.append(pair)
    h = rms_norm(h[-1:], weights["norm.weight"], params["norm_eps"])
    return F.linear(h, weights["output.weight"])[0], kept


def block(
    x: Tensor, weights: Weights, layer: int, freqs_cis: Tensor, params: Params, past: Pair | None
) -> tuple[Tensor, Pair]:
    """Return what one layer makes of the new tokens, and its longer keys and values."""
    prefix = f"layers.{layer}."
    w = {n.removeprefix(prefix): one for n, one in weights.items() if n.startswith(prefix)}
    n_heads, eps = params["n_heads"], params["norm_eps"]
    n_kv_heads = params.get("n_kv_heads")
    n_kv_heads = n_heads if n_kv_heads is None else n_kv_heads
    wq, wk, wv, wo = (w[f"attention.w{letter}.weight"] for letter in "qkvo")
    normed = rms_norm(x, w["attention_norm.weight"], eps)
    out, kept = cached_attention(normed, wq, wk, wv, wo, freqs_cis, n_heads, n_kv_heads, past)
    x = x + out
    normed = rms_norm(x, w["ffn_norm.weight"], eps)
    return x + feed_forward(normed, *(w[f"feed_forward.w{i}.weight"] for i in (1, 2, 3))), kept


@right_way("cached_forward")
def only_the_new_rotations(
    tokens: Tensor, weights: Weights, params: Params, cache: list[Pair] | None
) -> tuple[Tensor, list[Pair]]:
    """Angles of positions S to S + T - 1; the list is copied and its entries replaced."""
    head_dim = weights["layers.0.attention.wq.weight"].shape[0] // params["n_heads"]
    start = cache[0][0].shape[-2] if cache is not None else 0
    positions = torch.arange(start, start + len(tokens), dtype=torch.float32)
    angles = torch.outer(positions, rope_frequencies(head_dim, params["rope_theta"]))
    freqs_cis = torch.polar(torch.ones_like(angles), angles)
    pairs: list[Any] = (
        list(cache) if cache is not None else [None for _ in range(params["n_layers"])]
    )
    x = embed(tokens, weights["tok_embeddings.weight"])
    for layer in range(params["n_layers"]):
        x, pairs[layer] = block(x, weights, layer, freqs_cis, params, pairs[layer])
    hidden = rms_norm(x, weights["norm.weight"], params["norm_eps"])
    return next_token_logits(hidden, weights["output.weight"]), pairs


@right_way("cached_forward")
def token_by_token(
    tokens: Tensor, weights: Weights, params: Params, cache: list[Pair] | None
) -> tuple[Tensor, list[Pair]]:
    """One token per pass, however many there are."""
    for token in tokens.split(1):
        logits, cache = cached_forward(token, weights, params, cache)
    assert cache is not None
    return logits, cache


@right_way("cached_forward")
def in_halves(
    tokens: Tensor, weights: Weights, params: Params, cache: list[Pair] | None
) -> tuple[Tensor, list[Pair]]:
    """The second half after the first."""
    half = len(tokens) // 2
    if half:
        _, cache = cached_forward(tokens[:half], weights, params, cache)
    return cached_forward(tokens[half:], weights, params, cache)


@right_way("cached_forward")
def by_recursion(
    tokens: Tensor, weights: Weights, params: Params, cache: list[Pair] | None
) -> tuple[Tensor, list[Pair]]:
    """Each layer calls the next."""
    theta, n_layers = params["rope_theta"], params["n_layers"]
    earlier = len(cache[0][0][0]) if cache else 0
    head_dim = params["dim"] // params["n_heads"]
    freqs_cis = precompute_freqs_cis(head_dim, earlier + len(tokens), theta)[-len(tokens) :]

    def through(x: Tensor, layer: int) -> tuple[Tensor, list[Pair]]:
        if layer == n_layers:
            return x, []
        past = cache[layer] if cache else None
        x, pair = block(x, weights, layer, freqs_cis, params, past)
        last, others = through(x, layer + 1)
        return last, [pair, *others]

    x, pairs = through(weights["tok_embeddings.weight"][tokens], 0)
    last = rms_norm(x[-1], weights["norm.weight"], params["norm_eps"])
    return weights["output.weight"] @ last, pairs
