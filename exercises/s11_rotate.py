"""Stage 11: rotate queries and keys by their positions.

Lesson: lessons/s11_rotate.md
"""

import torch


def rotate(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """Rotate each pair of neighboring entries by the angle for its position.

    Entries 0 and 1 are the real and imaginary parts of the first complex number, entries 2 and 3
    are the parts of the second, and so on. Meta's weights expect this layout.

    Args:
        x: queries or keys, one vector per position, `[..., T, d]`; don't modify them.
        freqs_cis: the rotations from stage 10, complex64, `[T, d/2]`.

    Returns:
        the rotated vectors, a new tensor `[..., T, d]` with the dtype of `x`, computed in float32.

    Source: Su et al. 2021, "RoFormer"; Meta's `llama/model.py` (`apply_rotary_emb`).
    """
    raise NotImplementedError("rotate is not written yet")
