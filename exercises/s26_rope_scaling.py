"""Stage 26: slower rotations for longer texts.

Lesson: lessons/s26_rope_scaling.md
"""

import math

import torch


def scaled_frequencies(
    frequencies: torch.Tensor,
    factor: float,
    low_freq_factor: float,
    high_freq_factor: float,
    original_context: float,
) -> torch.Tensor:
    """Slow down the pairs that turn slowly, as Llama 3.1, 3.2 and 3.3 do.

    A pair's wavelength is the number of positions in which it makes one full turn, so in the
    original context a pair makes `original_context / wavelength` turns.

    Args:
        frequencies: the angle in radians by which each pair turns from one position to the next
            (stage 10), float32, `[d/2]`, all above 0.
        factor: how many times slower the slow pairs become, 1 or more.
        low_freq_factor: pairs that make fewer turns than this in the original context are slow:
            their frequency is divided by `factor`.
        high_freq_factor: pairs that make more turns than this in the original context are fast:
            their frequency doesn't change. It is larger than `low_freq_factor`.
        original_context: the number of positions the model was first trained on. This and the
            three factors may be floats or ints.

    Returns:
        the new frequencies, float32, `[d/2]`, on the device of `frequencies`. Between fast and
        slow, a pair gets a mix of its old frequency and the divided one. The share of the old
        frequency grows linearly with the number of turns in the original context, from 0 at
        `low_freq_factor` turns to 1 at `high_freq_factor` turns. Don't read numbers out of a tensor
        or index it with a mask: both make Python wait for the GPU.

    Source: Meta's llama-models, `apply_scaling` in `models/llama3`.
    """
    raise NotImplementedError("scaled_frequencies is not written yet")
