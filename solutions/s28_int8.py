"""Stage 28: the weights in one byte each, with one scale per row.

Lesson: lessons/s28_int8.md
"""

import torch


def quantize_rows(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Store a weight matrix as integers from -127 to 127 and one scale per row.

    Args:
        weight: a matrix in float32, bfloat16 or float16, `[out, in]`.

    Returns:
        two tensors. First the integers, called codes, int8, `[out, in]`: each weight divided by its
        row's scale and rounded to the nearest integer. (The tests have no weight halfway between
        two codes.) Second the scales, float32, `[out]`: the largest absolute value in the row,
        divided by 127, or 1 if the row is all zeros. Compute both in float32, and don't turn values
        into Python numbers or conditions: a GPU would have to wait for each of them.

    Source: Dettmers et al. 2022, "LLM.int8()", absmax quantization with one constant per row.
    """
    weight = weight.float()
    largest = weight.abs().amax(dim=1)  # [out]
    scale = torch.where(largest == 0, 1.0, largest / 127)  # [out]
    codes = torch.round(weight / scale[:, None])  # [out, in]
    return codes.to(torch.int8), scale


def dequantize_rows(quantized: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    """Restore the weights from their codes, up to the rounding.

    Args:
        quantized: the codes, int8, `[out, in]`.
        scale: one scale per row, float32, `[out]`.

    Returns:
        the restored weights, float32, `[out, in]`: every code times the scale of its row.

    Source: as for `quantize_rows`.
    """
    return quantized * scale[:, None]  # [out, in]


def int8_linear(x: torch.Tensor, quantized: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    """Multiply token vectors by a weight matrix that is stored as codes and scales.

    Args:
        x: one vector per token, in float32, bfloat16 or float16, `[T, in]`. It isn't quantized.
        quantized: the codes of the weight, int8, `[out, in]`.
        scale: one scale per row of the weight, float32, `[out]`.

    Returns:
        `x` times the transpose of the restored weight, `[T, out]`, in the dtype of `x`.
        Sums of `x` times codes may be too large for float16, even if the result is small.

    Source: PyTorch's `gpt-fast`, `quantize.py` (`WeightOnlyInt8Linear`).
    """
    products = x.float() @ quantized.float().T  # [T, out]
    return (products * scale).to(x.dtype)  # [T, out]
