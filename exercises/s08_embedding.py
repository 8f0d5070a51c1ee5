"""Stage 8: from token ids to vectors.

Lesson: lessons/s08_embedding.md
"""

import torch


def embed(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """Look up the vector of every token.

    Args:
        tokens: token ids, int64, `[T]`.
        tok_embeddings: one row per token in the vocabulary, `[V, D]`; don't modify it.

    Returns:
        each token's row, in order, as a tensor `[T, D]` with the dtype of `tok_embeddings`.

    Source: Meta's `llama/model.py` (`tok_embeddings`).
    """
    raise NotImplementedError("embed is not written yet")
