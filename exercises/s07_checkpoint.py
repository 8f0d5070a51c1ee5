"""Stage 7: what a checkpoint contains, and how to load it.

Lesson: lessons/s07_checkpoint.md
"""

import json
from pathlib import Path
from typing import Any

import torch


def ffn_hidden_dim(dim: int, multiple_of: int, ffn_dim_multiplier: float | None) -> int:
    """Return the feed-forward width F, which `params.json` does not contain.

    Args:
        dim: the model's width D.
        multiple_of: F is rounded up to the next multiple of this.
        ffn_dim_multiplier: the factor applied to F before it is rounded up; None means no factor.

    Returns:
        F, an int. It starts as two thirds of `4 * dim`, with the fraction dropped. If there is a
        multiplier, F is multiplied by it, and the fraction is dropped again. Then F is rounded up.

    Source: Meta's `llama/model.py` (`FeedForward`).
    """
    raise NotImplementedError("ffn_hidden_dim is not written yet")


def expected_shapes(params: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Return the shape of every weight in a model with these `params`.

    Args:
        params: `params.json` as a dict; don't modify it. `n_kv_heads` and `ffn_dim_multiplier`
            may be absent or None. Without `n_kv_heads`, every query head has its own key/value
            head. Without `ffn_dim_multiplier`, there is no multiplier.

    Returns:
        a dict that maps each of Meta's weight names to a shape, a tuple; `(out, in)` for matrices.

    Raises:
        KeyError: if a required parameter is absent; the error names the parameter.

    Source: Meta's `llama/model.py` and the keys of `consolidated.00.pth`.
    """
    raise NotImplementedError("expected_shapes is not written yet")


def parameter_count(params: dict[str, Any]) -> int:
    """Return the total number of entries in the weights of a model with these `params`.

    Args:
        params: as in `expected_shapes`.

    Returns:
        the number of parameters, an int; 8,030,261,248 for Llama 3 8B.

    Source: computed from the shapes in Meta's checkpoint.
    """
    raise NotImplementedError("parameter_count is not written yet")


def load_checkpoint(folder: str) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Load a checkpoint in Meta's format and check that it is complete.

    Args:
        folder: the path of the folder with `params.json` and `consolidated.00.pth`.

    Returns:
        `(params, weights)`: `params.json` as a dict, and a dict of the weights under Meta's names.
        The weights keep the dtype they have in the file. They are on the CPU, and mapped into
        memory rather than read. Only tensors are unpickled. Keys in the file that the model does
        not use are not an error.

    Raises:
        FileNotFoundError: if a file is absent; the error names the file.
        KeyError: if a parameter or a weight is absent; the error names it.
        ValueError: if a weight's shape differs from `expected_shapes`; the error names the weight.

    Source: Meta's checkpoint layout; `torch.load`.
    """
    raise NotImplementedError("load_checkpoint is not written yet")
