"""The values on the way to the result of all heads at once."""

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.diagnosis.landmarks.s11_rotate import rotated
from grader.language import tr

_Q, _K, _V = "scores/q", "scores/k", "v"  # branches


def all_heads_attention(
    x: torch.Tensor,
    wq: torch.Tensor,
    wk: torch.Tensor,
    wv: torch.Tensor,
    wo: torch.Tensor,
    freqs_cis: torch.Tensor,
    n_heads: int,
    n_kv_heads: int,
    past: tuple[torch.Tensor, torch.Tensor] | None,
) -> Landmarks:
    q, keys, values = x @ wq.T, x @ wk.T, x @ wv.T  # [T, n * d]
    yield Landmark("`x @ wq.T`", q, _Q)
    q = _in_heads(q, n_heads)  # [H, T, d]
    yield Landmark(tr("the queries of all heads before rotation"), q, _Q)
    q = rotated(q, freqs_cis)
    yield Landmark(tr("the rotated queries of all heads"), q, _Q)
    yield Landmark("`x @ wk.T`", keys, _K)
    keys = _in_heads(keys, n_kv_heads)  # [K, T, d]
    yield Landmark(tr("the new keys before rotation"), keys, _K)
    keys = rotated(keys, freqs_cis)
    yield Landmark(tr("the new keys, rotated"), keys, _K)
    yield Landmark("`x @ wv.T`", values, _V)
    values = _in_heads(values, n_kv_heads)  # [K, T, d]
    yield Landmark(tr("the new values"), values, _V)
    if past is not None:
        keys = torch.cat([past[0].float(), keys], 1)  # [K, S + T, d]
        yield Landmark(tr("the keys of all tokens"), keys, _K)
        values = torch.cat([past[1].float(), values], 1)  # [K, S + T, d]
        yield Landmark(tr("the values of all tokens"), values, _V)
    k, v = (one.repeat_interleave(n_heads // n_kv_heads, 0).float() for one in (keys, values))
    products = q @ k.mT  # [H, T, S + T]
    yield Landmark(tr("the dot products of queries and keys"), products, "scores")
    scores = products / q.shape[-1] ** 0.5
    yield Landmark(tr("the scores"), scores, "scores")
    new, total = scores.shape[1:]
    future = torch.ones(new, total, dtype=torch.bool).triu(total - new + 1)
    scores = scores.masked_fill(future, -torch.inf)
    yield Landmark(tr("the masked scores"), scores, "scores")
    weights = torch.softmax(scores, -1)
    yield Landmark(tr("the attention weights"), weights, "scores")
    heads = weights @ v  # [H, T, d]
    yield Landmark(tr("the results of all heads"), heads)
    joined = heads.transpose(0, 1).flatten(1)  # [T, H * d]
    yield Landmark(tr("the results of all heads, side by side"), joined)
    yield Landmark(tr("the result, `[T, D]`"), joined @ wo.float().T)


def _in_heads(rows: torch.Tensor, n_heads: int) -> torch.Tensor:
    return rows.view(len(rows), n_heads, -1).transpose(0, 1)
