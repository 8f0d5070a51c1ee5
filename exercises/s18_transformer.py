"""Stage 18: the whole model, up to its last norm.

Lesson: lessons/s18_transformer.md
"""

from typing import Any

import torch

from exercises.s08_embedding import embed
from exercises.s09_rms_norm import rms_norm
from exercises.s10_freqs_cis import precompute_freqs_cis
from exercises.s17_transformer_block import transformer_block


def transformer(
    tokens: torch.Tensor, weights: dict[str, torch.Tensor], params: dict[str, Any]
) -> torch.Tensor:
    """Return the vectors of all tokens after all layers and the final norm.

    Args:
        tokens: ids, int64, `[T]`, of any length.
        weights: the whole checkpoint, under Meta's names, in any order. It is not modified.
        params: `params.json` as a dict, for a model of any size. It is not modified. As in
            `transformer_block`, `n_kv_heads` may be absent or None.

    Returns:
        one vector per token, ready for the output matrix, `[T, D]`, with the weights' dtype.

    Source: Meta's `llama/model.py` (`Transformer.forward`).
    """
    raise NotImplementedError("transformer is not written yet")
