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
    """Embed the tokens, run every layer on the result of the one before, and normalise at the end.

    Args:
        tokens: ids, int64, `[T]`.
        weights: the whole checkpoint, under Meta's names.
        params: `params.json` as a dict.

    Returns:
        one vector a token, ready for the output matrix, `[T, D]`, with the weights' dtype.

    Source: Meta's `llama/model.py` (`Transformer.forward`).
    """
    raise NotImplementedError("transformer is not written yet")
