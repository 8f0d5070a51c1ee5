"""Stage 32: teach a trained model something new with a few extra numbers.

Lesson: lessons/s32_lora.md
"""

import torch


def lora_linear(
    x: torch.Tensor, weight: torch.Tensor, a: torch.Tensor, b: torch.Tensor, alpha: float
) -> torch.Tensor:
    """Multiply token vectors by a frozen weight, and add what two small matrices have learned.

    Args:
        x: one vector per token, `[T, in]`.
        weight: the frozen weight matrix, `[out, in]`.
        a: the first small matrix, which turns a vector into r numbers, `[r, in]`. r is the rank.
        b: the second small matrix, which turns these into `out` numbers, `[out, r]`.
        alpha: how much the small matrices count: what they add is multiplied by `alpha / r`.

    Returns:
        one vector per token, `[T, out]`. Training backpropagates through it, so compute it from
        `a` and `b` with torch operations only.

    Source: Hu et al. 2021, "LoRA", section 4.1.
    """
    rank = len(a)
    small = x @ a.T  # [T, r]
    return x @ weight.T + alpha / rank * (small @ b.T)  # [T, out]


def merge_lora(
    weight: torch.Tensor, a: torch.Tensor, b: torch.Tensor, alpha: float
) -> torch.Tensor:
    """Return one weight matrix that does what `lora_linear` does with three.

    Args:
        weight: the frozen weight matrix, `[out, in]`. It is not modified.
        a: as in `lora_linear`, `[r, in]`.
        b: as in `lora_linear`, `[out, r]`.
        alpha: as in `lora_linear`.

    Returns:
        the merged matrix, `[out, in]`. Training backpropagates through it, so compute it from `a`
        and `b` with torch operations only.

    Source: Hu et al. 2021, "LoRA", section 4.1 ("No Additional Inference Latency").
    """
    return weight + alpha / len(a) * (b @ a)  # [out, in]
