"""Right ways to write stage 15 that differ from the reference."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from grader.author.right_ways import right_way
from solutions.s11_rotate import rotate
from solutions.s12_heads import split_heads
from solutions.s14_masked_attention import masked_attention
from solutions.s15_grouped_query_attention import attention, kv_head_index


def in_heads(x: Tensor, weight: Tensor, n_heads: int) -> Tensor:
    """Return the projections of all heads at once, `[n, T, d]`."""
    return F.linear(x, weight).view(len(x), n_heads, -1).transpose(0, 1)


@right_way("kv_head_index")
def by_proportion(query_head: int, n_heads: int, n_kv_heads: int) -> int:
    return query_head * n_kv_heads // n_heads


@right_way("kv_head_index")
def by_counting(query_head: int, n_heads: int, n_kv_heads: int) -> int:
    group_size = n_heads // n_kv_heads
    shared = [kv_head for kv_head in range(n_kv_heads) for _ in range(group_size)]
    return shared[query_head]


@right_way("attention")
def as_meta_does(
    x: Tensor,
    wq: Tensor,
    wk: Tensor,
    wv: Tensor,
    wo: Tensor,
    freqs_cis: Tensor,
    n_heads: int,
    n_kv_heads: int,
) -> Tensor:
    """Project all heads at once, repeat keys and values, and use one batched product."""
    n_tokens = len(x)
    q = (x @ wq.T).view(n_tokens, n_heads, -1).transpose(0, 1)  # [H, T, d]
    k = (x @ wk.T).view(n_tokens, n_kv_heads, -1).transpose(0, 1)  # [K, T, d]
    v = (x @ wv.T).view(n_tokens, n_kv_heads, -1).transpose(0, 1)  # [K, T, d]
    group_size = n_heads // n_kv_heads
    q = rotate(q, freqs_cis)
    k = rotate(k, freqs_cis).repeat_interleave(group_size, dim=0)  # [H, T, d]
    v = v.repeat_interleave(group_size, dim=0)  # [H, T, d]
    scores = torch.matmul(q, k.transpose(1, 2)) / q.shape[-1] ** 0.5  # [H, T, T]
    scores = scores + torch.full((n_tokens, n_tokens), float("-inf")).triu(1).to(x.dtype)
    weights = F.softmax(scores.float(), dim=-1).type_as(q)  # [H, T, T]
    return F.linear((weights @ v).transpose(0, 1).reshape(n_tokens, -1), wo)


@right_way("attention")
def library_attention(
    x: Tensor,
    wq: Tensor,
    wk: Tensor,
    wv: Tensor,
    wo: Tensor,
    freqs_cis: Tensor,
    n_heads: int,
    n_kv_heads: int,
) -> Tensor:
    """Use torch's own attention, which can share the key/value heads."""
    q = rotate(in_heads(x, wq, n_heads), freqs_cis)
    k = rotate(in_heads(x, wk, n_kv_heads), freqs_cis)
    v = in_heads(x, wv, n_kv_heads)
    heads = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)  # [H, T, d]
    return heads.transpose(0, 1).flatten(1) @ wo.T


@right_way("attention")
def expanded_groups(
    x: Tensor,
    wq: Tensor,
    wk: Tensor,
    wv: Tensor,
    wo: Tensor,
    freqs_cis: Tensor,
    n_heads: int,
    n_kv_heads: int,
) -> Tensor:
    """Give the members of a group their own dimension, so that nothing is copied."""
    q = rotate(in_heads(x, wq, n_heads), freqs_cis)
    q = q.reshape(n_kv_heads, -1, *q.shape[1:])  # [K, H/K, T, d]
    k = rotate(in_heads(x, wk, n_kv_heads), freqs_cis).unsqueeze(1).expand_as(q)
    v = in_heads(x, wv, n_kv_heads).unsqueeze(1).expand_as(q)
    heads = F.scaled_dot_product_attention(q, k, v, is_causal=True)  # [K, H/K, T, d]
    return heads.flatten(0, 1).transpose(0, 1).flatten(1) @ wo.T


@right_way("attention")
def by_einsum(
    x: Tensor,
    wq: Tensor,
    wk: Tensor,
    wv: Tensor,
    wo: Tensor,
    freqs_cis: Tensor,
    n_heads: int,
    n_kv_heads: int,
) -> Tensor:
    """Use Einstein sums: k(ey heads), g(roup members), t and s (tokens), h(ead entries)."""
    group_size = n_heads // n_kv_heads
    q_heads = wq.view(n_kv_heads, group_size, -1, wq.shape[1])  # [K, H/K, d, D]
    q = rotate(torch.einsum("td,kghd->kgth", x, q_heads), freqs_cis)
    k = rotate(torch.einsum("sd,khd->ksh", x, split_heads(wk, n_kv_heads)), freqs_cis)
    v = torch.einsum("sd,khd->ksh", x, split_heads(wv, n_kv_heads))
    scores = torch.einsum("kgth,ksh->kgts", q, k).float() * k.shape[-1] ** -0.5
    later = torch.ones(len(x), len(x)).triu(1).bool()
    weights = scores.masked_fill(later, float("-inf")).softmax(-1).to(v.dtype)
    heads = torch.einsum("kgts,ksh->tkgh", weights, v)
    return torch.einsum("tn,on->to", heads.flatten(1), wo)


@right_way("attention")
def summed_slices_of_wo(
    x: Tensor,
    wq: Tensor,
    wk: Tensor,
    wv: Tensor,
    wo: Tensor,
    freqs_cis: Tensor,
    n_heads: int,
    n_kv_heads: int,
) -> Tensor:
    """Multiply each head by its own columns of wo and add up the results."""
    q_heads, columns = split_heads(wq, n_heads), wo.chunk(n_heads, dim=1)  # [d, D], [D, d]
    k_heads, v_heads = split_heads(wk, n_kv_heads), split_heads(wv, n_kv_heads)
    result = torch.zeros_like(x)  # [T, D]
    for head in range(n_heads):
        kv_head = kv_head_index(head, n_heads, n_kv_heads)
        q = rotate(x @ q_heads[head].T, freqs_cis)
        k = rotate(x @ k_heads[kv_head].T, freqs_cis)
        result = result + masked_attention(q, k, x @ v_heads[kv_head].T) @ columns[head].T
    return result


@right_way("attention")
def group_by_group(
    x: Tensor,
    wq: Tensor,
    wk: Tensor,
    wv: Tensor,
    wo: Tensor,
    freqs_cis: Tensor,
    n_heads: int,
    n_kv_heads: int,
) -> Tensor:
    """Compute each key and value once, and rotation, scores and softmax in float32."""
    heads: list[Tensor] = []
    queries = (x @ wq.T).chunk(n_heads, dim=-1)  # H times [T, d]
    keys, values = ((x @ weight.T).chunk(n_kv_heads, dim=-1) for weight in (wk, wv))
    for kv_head in range(n_kv_heads):
        k = rotate(keys[kv_head].float(), freqs_cis)
        v = values[kv_head].float()
        for q in queries[len(heads) : len(heads) + n_heads // n_kv_heads]:
            heads.append(masked_attention(rotate(q.float(), freqs_cis), k, v))
    return torch.cat(heads, dim=-1).to(x.dtype) @ wo.T


@right_way("attention")
def in_float32(
    x: Tensor,
    wq: Tensor,
    wk: Tensor,
    wv: Tensor,
    wo: Tensor,
    freqs_cis: Tensor,
    n_heads: int,
    n_kv_heads: int,
) -> Tensor:
    """Compute everything in float32 and return to the input's dtype at the very end."""
    dtype = x.dtype
    x, wq, wk, wv, wo = (one.float() for one in (x, wq, wk, wv, wo))
    return attention(x, wq, wk, wv, wo, freqs_cis, n_heads, n_kv_heads).to(dtype)


@right_way("attention")
def last_product_by_numpy(x: Tensor, *others: Any) -> Tensor:
    """Join the heads with an identity as the output matrix, then multiply with NumPy."""
    wq, wk, wv, wo, *how = others
    unchanged = torch.eye(wo.shape[1], dtype=x.dtype)
    heads = attention(x, wq, wk, wv, unchanged, *how)
    return torch.from_numpy(heads.float().numpy() @ wo.float().numpy().T).to(x.dtype)
