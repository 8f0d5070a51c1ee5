"""The values on the way to the result of all heads."""

from typing import Any

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.diagnosis.landmarks.s11_rotate import rotated
from grader.diagnosis.landmarks.s14_masked_attention import of_head


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
        of_query, of_key, branch = f" of head {head}", f" of key/value head {kv_head}", str(head)
        q, k, v = queries[head], keys[kv_head], values[kv_head]
        yield Landmark(f"the queries{of_query} before rotation", q, f"{branch}/q")
        q = rotated(q, freqs_cis)
        yield Landmark(f"the rotated queries{of_query}", q, f"{branch}/q")
        yield Landmark(f"the keys{of_key} before rotation", k, f"{branch}/k")
        k = rotated(k, freqs_cis)
        yield Landmark(f"the rotated keys{of_key}", k, f"{branch}/k")
        yield Landmark(f"the values{of_key}", v, f"{branch}/v")
        landmarks = list(of_head(q, k, v, of_query, branch))
        yield from landmarks
        outputs.append(landmarks[-1].value)
    yield Landmark("the joined results of all heads", torch.cat(outputs, -1))  # [T, H * d]


def attended(*args: Any) -> torch.Tensor:
    """Return the result of attention, float32 `[T, D]`; the arguments are those of `attention`."""
    *_, heads = attention(*args)
    return heads.value @ args[4].float().T  # wo
