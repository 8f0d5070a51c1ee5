"""Stage 10: rotations by position, as complex numbers.

Lesson: lessons/s10_freqs_cis.md
"""

import torch


def rope_frequencies(head_dim: int, theta: float) -> torch.Tensor:
    """Return the angle by which each pair of a head turns from one position to the next.

    Args:
        head_dim: a head's width d, an even number.
        theta: the base, `rope_theta` in `params.json` (500000.0 for Llama 3), a float or an int.

    Returns:
        `theta ** (-2i / d)` in radians for the pairs i = 0 .. d/2 - 1, float32, `[d/2]`. The tensor
        is created on torch's default device, because the model may run on a GPU. Don't use NumPy,
        which supports only the CPU, and don't read numbers out of a tensor, which makes Python
        wait for the GPU.

    Source: Su et al. 2021, "RoFormer", section 3.2.2; Meta's `llama/model.py`
    (`precompute_freqs_cis`).
    """
    raise NotImplementedError("rope_frequencies is not written yet")


def precompute_freqs_cis(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """Return the rotation of every pair at every position.

    Args:
        head_dim: a head's width d, an even number.
        seq_len: the number of positions T; the first one is position 0.
        theta: the base, `rope_theta` in `params.json`.

    Returns:
        complex numbers of length 1 whose angle is position times frequency, complex64, `[T, d/2]`,
        also created on torch's default device.

    Source: Meta's `llama/model.py` (`precompute_freqs_cis`).
    """
    raise NotImplementedError("precompute_freqs_cis is not written yet")
