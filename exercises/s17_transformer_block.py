"""Stage 17: one layer: attention and feed-forward with their norms and residuals.

Lesson: lessons/s17_transformer_block.md
"""

from typing import Any

import torch

from exercises.s09_rms_norm import rms_norm
from exercises.s15_grouped_query_attention import attention
from exercises.s16_feed_forward import feed_forward


def transformer_block(
    x: torch.Tensor,
    weights: dict[str, torch.Tensor],
    layer: int,
    freqs_cis: torch.Tensor,
    params: dict[str, Any],
) -> torch.Tensor:
    """Return the token vectors after one layer.

    Each half reads a normalized copy of the vectors and adds its result to them. The arguments are
    not modified.

    Args:
        x: the token vectors from the layer before, `[T, D]`.
        weights: the whole checkpoint, under Meta's names.
        layer: the layer whose weights to use, counted from 0.
        freqs_cis: the rotations of stage 10, complex64, `[T, d/2]`.
        params: `params.json` as a dict. If `n_kv_heads` is absent or None, use `n_heads` instead.

    Returns:
        the token vectors for the next layer, `[T, D]`, in the dtype of `x`.

    Source: Meta's `llama/model.py` (`TransformerBlock`), pre-norm as in Xiong et al. 2020, "On
    Layer Normalization in the Transformer Architecture".
    """
    raise NotImplementedError("transformer_block is not written yet")
