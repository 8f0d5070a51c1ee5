"""Right ways to write stage 14 that differ from the reference."""

import math

import numpy
import torch
import torch.nn.functional as F

from grader.author.right_ways import right_way
from solutions.s13_attention_scores import attention_scores
from solutions.s14_masked_attention import causal_mask


@right_way("causal_mask")
def filled_where_hidden(seq_len: int) -> torch.Tensor:
    hidden = torch.ones(seq_len, seq_len, dtype=torch.bool).triu(diagonal=1)
    return torch.zeros(seq_len, seq_len).masked_fill(hidden, float("-inf"))


@right_way("causal_mask")
def by_comparing_positions(seq_len: int) -> torch.Tensor:
    position = torch.arange(seq_len)
    return torch.where(position[None, :] > position[:, None], -torch.inf, 0.0)


@right_way("causal_mask")
def logarithm_of_ones_and_zeros(seq_len: int) -> torch.Tensor:
    return torch.tril(torch.ones(seq_len, seq_len)).log()


@right_way("causal_mask")
def in_python_loops(seq_len: int) -> torch.Tensor:
    return torch.tensor(
        [[0.0 if key <= query else -math.inf for key in range(seq_len)] for query in range(seq_len)]
    )


@right_way("causal_mask")
def row_by_row(seq_len: int) -> torch.Tensor:
    mask = torch.zeros(seq_len, seq_len)
    for row in range(seq_len):
        mask[row, row + 1 :] = float("-inf")
    return mask


@right_way("masked_attention")
def filled_with_infinity(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    hidden = torch.triu(torch.ones(len(q), len(q), dtype=torch.bool), diagonal=1)
    scores = (q @ k.T / math.sqrt(q.shape[-1])).masked_fill(hidden, float("-inf"))
    return torch.softmax(scores, dim=-1, dtype=torch.float32).to(v.dtype) @ v


@right_way("masked_attention")
def filled_with_minus_1e9(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    visible = torch.tril(torch.ones(len(q), len(q)))
    scores = attention_scores(q, k).float().masked_fill(visible == 0, -1e9)
    return (torch.softmax(scores, dim=-1) @ v.float()).to(v.dtype)


@right_way("masked_attention")
def filled_with_the_smallest_number(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor
) -> torch.Tensor:
    """Mask and take the softmax in the dtype of the input."""
    scores = attention_scores(q, k)
    hidden = torch.ones_like(scores, dtype=torch.bool).triu(1)
    scores = scores.masked_fill(hidden, torch.finfo(scores.dtype).min)
    return torch.softmax(scores, dim=1) @ v


@right_way("masked_attention")
def mask_added_in_half_precision(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    scores = attention_scores(q, k) + causal_mask(q.shape[0]).to(q.dtype)
    return F.softmax(scores.float(), dim=-1).type_as(q) @ v


@right_way("masked_attention")
def mask_before_the_scale(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    scores = (q.float() @ k.float().T + causal_mask(len(q))) / q.shape[-1] ** 0.5
    return (scores.softmax(-1) @ v.float()).to(v.dtype)


@right_way("masked_attention")
def fused(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


@right_way("masked_attention")
def fused_in_batches(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    mask = causal_mask(len(q)).to(q.dtype)
    one, two, three = (t[None, None] for t in (q, k, v))  # [1, 1, T, d]
    return F.scaled_dot_product_attention(one, two, three, attn_mask=mask)[0, 0]


@right_way("masked_attention")
def by_einsum(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    scores = torch.einsum("td,sd->ts", q * q.shape[-1] ** -0.5, k).float() + causal_mask(len(q))
    return torch.einsum("ts,sd->td", torch.softmax(scores, -1).to(v.dtype), v)


@right_way("masked_attention")
def own_softmax(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    scores = attention_scores(q, k).float() + causal_mask(len(q))
    powers = torch.exp(scores - scores.amax(-1, keepdim=True))
    weights = powers / powers.sum(-1, keepdim=True)
    return (weights @ v.float()).to(v.dtype)


@right_way("masked_attention")
def token_by_token(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Use no mask: give every token only the tokens up to itself."""
    rows = []
    for t in range(len(q)):
        scores = attention_scores(q[t : t + 1], k[: t + 1])  # [1, t + 1]
        rows.append(torch.softmax(scores.float(), dim=-1).to(v.dtype) @ v[: t + 1])
    return torch.cat(rows)


@right_way("masked_attention")
def by_numpy(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    scores = attention_scores(q, k).float().numpy() + causal_mask(len(q)).numpy()
    powers = numpy.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = powers / powers.sum(axis=-1, keepdims=True)
    return torch.from_numpy(weights @ v.float().numpy()).to(v.dtype)
