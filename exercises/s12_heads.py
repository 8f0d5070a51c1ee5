"""Stage 12: split a weight matrix into heads, and project with one of them.

Lesson: lessons/s12_heads.md
"""

import torch


def split_heads(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Split a projection matrix into its heads; a head is d neighboring rows.

    Args:
        weight: `wq`, `wk` or `wv` as the checkpoint has it, `[n * d, D]`.
        n_heads: the number n of heads in it.

    Returns:
        the matrices of all heads in one tensor, `[n, d, D]`, with the dtype of `weight`.

    Source: the layout of `wq`, `wk` and `wv` in Meta's `llama/model.py` (`Attention`).
    """
    raise NotImplementedError("split_heads is not written yet")


def project(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """Return every token's query, key or value in one head.

    Args:
        x: the normalized token vectors, `[T, D]`.
        head_weight: the matrix of one head, `[d, D]`.

    Returns:
        one vector per token, `[T, d]`, with the dtype of `x`.

    Source: `torch.nn.functional.linear`, whose weights are `[out, in]` too.
    """
    raise NotImplementedError("project is not written yet")
