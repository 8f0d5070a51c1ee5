"""Stage 7: what a checkpoint holds, and how to load it.

Lesson: lessons/s07_checkpoint.md
"""

import json
from pathlib import Path
from typing import Any

import torch


def ffn_hidden_dim(dim: int, multiple_of: int, ffn_dim_multiplier: float | None) -> int:
    """Work out the width F of the feed-forward layer, which `params.json` does not say.

    Args:
        dim: the model's width D.
        multiple_of: F is rounded up to the next multiple of this.
        ffn_dim_multiplier: stretches the width before rounding up; None leaves it as it is.

    Returns:
        two thirds of `4 * dim`, as an int; with a multiplier, times that and made an int again;
        then rounded up.

    Source: Meta's `llama/model.py` (`FeedForward`).
    """
    raise NotImplementedError("ffn_hidden_dim is not written yet")


def expected_shapes(params: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Name every weight that a model with these `params` has, with its shape.

    Args:
        params: `params.json` as a dict; `n_kv_heads` and `ffn_dim_multiplier` may be absent or
            None (then every query head has its own key/value head, and nothing is stretched).

    Returns:
        shapes under Meta's names, matrices as `(out, in)`.

    Raises:
        KeyError: naming a parameter that is needed and absent.

    Source: Meta's `llama/model.py` and the keys of `consolidated.00.pth`.
    """
    raise NotImplementedError("expected_shapes is not written yet")


def parameter_count(params: dict[str, Any]) -> int:
    """Count the numbers in all weights of a model with these `params`.

    Args:
        params: as in `expected_shapes`.

    Returns:
        how many parameters the model has; 8,030,261,248 for Llama 3 8B.

    Source: arithmetic on the shapes of Meta's checkpoint.
    """
    raise NotImplementedError("parameter_count is not written yet")


def load_checkpoint(folder: str | Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Load a checkpoint in Meta's format and check that it is whole.

    Args:
        folder: holds `params.json` and `consolidated.00.pth`.

    Returns:
        `(params, weights)`: the dict of `params.json`, and the weights under Meta's names, with
        the dtype of the file, on the CPU, mapped into memory rather than read. Nothing but
        tensors is ever unpickled, and keys that the model does not use are ignored.

    Raises:
        FileNotFoundError: naming a file that is absent.
        KeyError: naming an absent parameter or weight.
        ValueError: naming a weight that has another shape than `expected_shapes` says.

    Source: Meta's checkpoint layout; `torch.load`.
    """
    raise NotImplementedError("load_checkpoint is not written yet")
