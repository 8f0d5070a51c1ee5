"""The values on the way to the result of all heads."""

from typing import Any

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.diagnosis.landmarks.s11_rotate import rotated
from grader.diagnosis.landmarks.s14_masked_attention import of_head
from grader.language import tr


def attention(
    x: torch.Tensor,
    wq: torch.Tensor,
    wk: torch.Tensor,
    wv: torch.Tensor,
    wo: torch.Tensor,
    freqs_cis: torch.Tensor,
    n_heads: int,
    n_kv_heads: int,
) -> Landmarks:
    queries = (x @ wq.T).chunk(n_heads, dim=-1)  # H of [T, d]
    keys = (x @ wk.T).chunk(n_kv_heads, dim=-1)  # K of [T, d]
    values = (x @ wv.T).chunk(n_kv_heads, dim=-1)
    outputs = []
    for head in range(n_heads):
        kv_head = head // (n_heads // n_kv_heads)
        branch = str(head)
        q, k, v = queries[head], keys[kv_head], values[kv_head]
        before = tr("the queries of head {head} before rotation", head=head)
        yield Landmark(before, q, f"{branch}/q")
        q = rotated(q, freqs_cis)
        yield Landmark(tr("the rotated queries of head {head}", head=head), q, f"{branch}/q")
        before = tr("the keys of key/value head {head} before rotation", head=kv_head)
        yield Landmark(before, k, f"{branch}/k")
        k = rotated(k, freqs_cis)
        after = tr("the rotated keys of key/value head {head}", head=kv_head)
        yield Landmark(after, k, f"{branch}/k")
        yield Landmark(tr("the values of key/value head {head}", head=kv_head), v, f"{branch}/v")
        landmarks = list(of_head(q, k, v, head))
        yield from landmarks
        outputs.append(landmarks[-1].value)
    yield Landmark(tr("the joined results of all heads"), torch.cat(outputs, -1))  # [T, H * d]


def attended(*args: Any) -> torch.Tensor:
    """Return the result of attention, float32 `[T, D]`; the arguments are those of `attention`."""
    *_, heads = attention(*args)
    return heads.value @ args[4].float().T  # wo
