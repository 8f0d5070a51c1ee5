"""Stage 12: take a weight matrix apart into heads, and project with one.

Lesson: lessons/s12_heads.md
"""

import torch


def split_heads(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Cut a projection matrix into its heads; a head is a run of d neighbouring rows.

    Args:
        weight: `wq`, `wk` or `wv` as it stands in the checkpoint, `[n * d, D]`.
        n_heads: how many heads n it holds.

    Returns:
        the matrix of every head, `[n, d, D]`.

    Source: the layout of `wq`, `wk` and `wv` in Meta's `llama/model.py` (`Attention`).
    """
    raise NotImplementedError("split_heads is not written yet")


def project(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """Give every token its query, key or value in one head.

    Args:
        x: the normalised token vectors, `[T, D]`.
        head_weight: the matrix of one head, `[d, D]`.

    Returns:
        one vector a token, `[T, d]`.

    Source: `torch.nn.functional.linear`, whose weights are `[out, in]` too.
    """
    raise NotImplementedError("project is not written yet")
