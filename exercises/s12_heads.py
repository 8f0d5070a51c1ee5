"""Stage 12: split a weight matrix into heads, and apply one head to every token.

Lesson: lessons/s12_heads.md
"""

import torch


def split_heads(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Split a projection matrix into heads of d neighboring rows each.

    Args:
        weight: `wq`, `wk` or `wv` as stored in the checkpoint, `[n * d, D]`.
        n_heads: the number of heads n in `weight`.

    Returns:
        one tensor with the matrices of all heads, `[n, d, D]`, in the dtype of `weight`.

    Source: the layout of `wq`, `wk` and `wv` in Meta's `llama/model.py` (`Attention`).
    """
    raise NotImplementedError("split_heads is not written yet")


def project(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """Return every token's query, key or value for one head.

    Args:
        x: the normalized token vectors, `[T, D]`.
        head_weight: the matrix of one head, `[d, D]`.

    Returns:
        one vector per token, `[T, d]`, in the dtype of `x`.

    Source: `torch.nn.functional.linear`, which also takes weights as `[out, in]`.
    """
    raise NotImplementedError("project is not written yet")
