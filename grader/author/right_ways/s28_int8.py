"""Right and different ways of stage 28."""

import torch
import torch.nn.functional as F
from torch import Tensor

from grader.author.right_ways import right_way

Quantized = tuple[Tensor, Tensor]


@right_way("quantize_rows")
def as_gpt_fast_does(weight: Tensor) -> Quantized:
    """From the smallest and the largest weight of each row; the codes are limited to be safe."""
    weight = weight.to(torch.float32)
    low, high = torch.aminmax(weight, dim=1)
    scale = torch.max(-low, high) / 127
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    codes = torch.clamp(torch.round(weight / scale.unsqueeze(-1)), -127, 127)
    return codes.to(torch.int8), scale


@right_way("quantize_rows")
def as_bitsandbytes_does(weight: Tensor) -> Quantized:
    """Multiply by 127 divided by the largest weight."""
    largest = weight.abs().max(dim=-1).values.float()
    codes = torch.round(weight.float() * torch.div(127.0, largest).nan_to_num(posinf=0)[:, None])
    return codes.to(torch.int8), (largest / 127).masked_fill(largest == 0, 1.0)


@right_way("quantize_rows")
def zeros_replaced_in_place(weight: Tensor) -> Quantized:
    scale = weight.float().abs().max(1, keepdim=True)[0] / 127.0
    scale[scale == 0] = 1
    return (weight / scale).round().to(torch.int8), scale.squeeze(1)


@right_way("quantize_rows")
def row_by_row(weight: Tensor) -> Quantized:
    codes, scales = [], []
    for row in weight.float():
        scale = max_or_127(row) / 127
        codes.append(torch.round(row / scale).type(torch.int8))
        scales.append(scale)
    return torch.stack(codes), torch.stack(scales)


def max_or_127(row: Tensor) -> Tensor:
    largest = row.abs().max()
    return largest + 127 * (largest == 0)


@right_way("quantize_rows")
def by_the_infinity_norm(weight: Tensor) -> Quantized:
    norm = torch.linalg.vector_norm(weight.float(), ord=torch.inf, dim=1)
    scale = norm / 127 + (norm == 0).float()
    return torch.div(weight.float(), scale[:, None]).round().char(), scale


@right_way("quantize_rows")
def by_normalizing(weight: Tensor) -> Quantized:
    """Bring every row to -1 to 1 first. Zeros stay zeros."""
    weight = weight.float()
    scale = weight.abs().amax(dim=1) / 127
    codes = (F.normalize(weight, p=torch.inf, dim=1, eps=1e-30) * 127).round()
    return codes.to(dtype=torch.int8), torch.where(scale == 0, torch.ones(len(scale)), scale)


@right_way("quantize_rows")
def in_float64(weight: Tensor) -> Quantized:
    wide = weight.double()
    largest = torch.maximum(wide.amax(1), -wide.amin(1))
    scale = torch.where(largest != 0, largest / 127, 1.0)
    return torch.round(wide / scale.view(-1, 1)).to(torch.int8), scale.float()


@right_way("quantize_rows")
def halves_away_from_zero(weight: Tensor) -> Quantized:
    """Round sizes, and give them their signs back."""
    size = weight.float().abs()
    scale = size.amax(-1).div(127)
    scale = scale.where(scale > 0, 1.0)
    steps = torch.floor(size / scale.unsqueeze(1) + 0.5)
    return (steps * weight.sign()).to(torch.int8), scale


@right_way("quantize_rows")
def with_the_weight_transposed(weight: Tensor) -> Quantized:
    """Then the scales fit the last dimension as they are."""
    columns = weight.float().T  # [in, out]
    scale = columns.abs().amax(0) / 127
    scale = torch.where(scale == 0, 1.0, scale)
    return torch.round(columns / scale).T.to(torch.int8), scale


@right_way("dequantize_rows")
def converted_first(quantized: Tensor, scale: Tensor) -> Tensor:
    return quantized.float() * scale.unsqueeze(1)


@right_way("dequantize_rows")
def rows_restored_one_by_one(quantized: Tensor, scale: Tensor) -> Tensor:
    return torch.stack([row * step for row, step in zip(quantized, scale, strict=True)])


@right_way("dequantize_rows")
def transposed_twice(quantized: Tensor, scale: Tensor) -> Tensor:
    return (quantized.T * scale).T


@right_way("dequantize_rows")
def by_a_diagonal_matrix(quantized: Tensor, scale: Tensor) -> Tensor:
    return torch.diag(scale) @ quantized.to(scale.dtype)


@right_way("dequantize_rows")
def by_einsum(quantized: Tensor, scale: Tensor) -> Tensor:
    return torch.einsum("oi,o->oi", quantized.double(), scale.double()).float()


@right_way("int8_linear")
def weight_restored_first(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    weight = quantized * scale[:, None]
    return x @ weight.to(x.dtype).T


@right_way("int8_linear")
def linear_then_scaled(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    """As gpt-fast does, but in float32."""
    return (F.linear(x.float(), quantized.to(dtype=torch.float32)) * scale).type_as(x)


@right_way("int8_linear")
def all_in_the_dtype_of_x(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    """As GLM-130B does: codes and scales are converted, and the weight is rounded once more."""
    weight = quantized.to(x.dtype) * scale.to(x.dtype)[:, None]
    return x.mm(weight.t())


@right_way("int8_linear")
def products_of_columns(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    """The weight comes first, and the result is turned around."""
    return (scale[:, None] * (quantized.float() @ x.float().T)).T.to(x.dtype)


@right_way("int8_linear")
def token_by_token(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    return torch.stack([(quantized.float() @ token.float()) * scale for token in x]).to(x.dtype)


@right_way("int8_linear")
def output_by_output(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    wide = x.double()
    columns = [(wide * row).sum(-1) * step for row, step in zip(quantized, scale, strict=True)]
    return torch.stack(columns, dim=-1).to(x.dtype)


@right_way("int8_linear")
def in_one_einsum(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    return torch.einsum("ti,oi,o->to", x.float(), quantized.float(), scale).to(x.dtype)
