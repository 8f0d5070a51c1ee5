"""The values on the way through one layer."""

from typing import Any

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.diagnosis.landmarks.s09_rms_norm import normalised
from grader.diagnosis.landmarks.s15_grouped_query_attention import attended
from grader.diagnosis.landmarks.s16_feed_forward import fed_forward
from grader.language import tr


def transformer_block(
    x: torch.Tensor,
    weights: dict[str, torch.Tensor],
    layer: int,
    freqs_cis: torch.Tensor,
    params: dict[str, Any],
) -> Landmarks:
    own = {name.removeprefix(f"layers.{layer}."): weight for name, weight in weights.items()}
    n_heads, eps = params["n_heads"], params["norm_eps"]
    normed = normalised(x, own["attention_norm.weight"], eps)  # [T, D]
    yield Landmark(tr("the normalized x"), normed)
    matrices = [own[f"attention.{name}.weight"] for name in ("wq", "wk", "wv", "wo")]
    out = attended(normed, *matrices, freqs_cis, n_heads, params.get("n_kv_heads") or n_heads)
    yield Landmark(tr("the result of attention"), out)
    x = x + out
    yield Landmark(tr("x plus the result of attention"), x)
    normed = normalised(x, own["ffn_norm.weight"], eps)
    yield Landmark(tr("x plus the result of attention, normalized"), normed)
    out = fed_forward(normed, *(own[f"feed_forward.{name}.weight"] for name in ("w1", "w2", "w3")))
    yield Landmark(tr("the result of the feed-forward network"), out)
    words = tr("x plus the results of attention and of the feed-forward network")
    yield Landmark(words, x + out)


def after_layer(*args: Any) -> torch.Tensor:
    """Return the result of a layer, `[T, D]`; the arguments are those of `transformer_block`."""
    *_, last = transformer_block(*args)
    result: torch.Tensor = last.value
    return result
