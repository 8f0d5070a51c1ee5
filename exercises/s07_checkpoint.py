"""Stage 7: what a checkpoint contains, and how to load it.

Lesson: lessons/s07_checkpoint.md
"""

import json
from pathlib import Path
from typing import Any

import torch


def ffn_hidden_dim(dim: int, multiple_of: int, ffn_dim_multiplier: float | None) -> int:
    """Return the width F of the feed-forward network, which `params.json` does not say.

    Args:
        dim: the model's width D.
        multiple_of: F is rounded up to the next multiple of this.
        ffn_dim_multiplier: multiplies the width before it is rounded up; None leaves it as it is.

    Returns:
        an int: two thirds of `4 * dim`, with the fraction dropped; if there is a multiplier, times
        the multiplier, with the fraction dropped again; then rounded up.

    Source: Meta's `llama/model.py` (`FeedForward`).
    """
    raise NotImplementedError("ffn_hidden_dim is not written yet")


def expected_shapes(params: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Return the shape of every weight that a model with these `params` has.

    Args:
        params: `params.json` as a dict, which must not change; `n_kv_heads` and
            `ffn_dim_multiplier` may be absent or None (then every query head has its own key/value
            head, and there is no multiplier).

    Returns:
        tuples under Meta's names, `(out, in)` for matrices.

    Raises:
        KeyError: naming a parameter that is needed and absent.

    Source: Meta's `llama/model.py` and the keys of `consolidated.00.pth`.
    """
    raise NotImplementedError("expected_shapes is not written yet")


def parameter_count(params: dict[str, Any]) -> int:
    """Return how many numbers the weights of a model with these `params` contain.

    Args:
        params: as in `expected_shapes`.

    Returns:
        the number of parameters, an int; 8,030,261,248 for Llama 3 8B.

    Source: arithmetic on the shapes of Meta's checkpoint.
    """
    raise NotImplementedError("parameter_count is not written yet")


def load_checkpoint(folder: str | Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Load a checkpoint in Meta's format and check that it is complete.

    Args:
        folder: contains `params.json` and `consolidated.00.pth`; a Path or text.

    Returns:
        `(params, weights)`: the dict of `params.json`, and the weights under Meta's names, with
        the dtype of the file, on the CPU, mapped into memory rather than read. Only tensors are
        unpickled, and keys that the model does not use do no harm.

    Raises:
        FileNotFoundError: naming a file that is absent.
        KeyError: naming an absent parameter or weight.
        ValueError: naming a weight whose shape is not that of `expected_shapes`.

    Source: Meta's checkpoint layout; `torch.load`.
    """
    raise NotImplementedError("load_checkpoint is not written yet")
