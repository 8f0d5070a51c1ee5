"""Stage 28, compared with torch's own quantization."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from grader.suite.rng import Rng
from grader.suite.yours_and_reference import Reference

DTYPES = (torch.float32, torch.bfloat16, torch.float16)
SHAPES = ((1, 1), (5, 8), (9, 4), (7, 7), (64, 300))

seeds = pytest.mark.parametrize("seed", range(3))
dtypes = pytest.mark.parametrize("dtype", DTYPES)
shapes = pytest.mark.parametrize("shape", SHAPES)


def random_weight(seed: int, shape: tuple[int, int], dtype: torch.dtype) -> Tensor:
    """Return a weight with rows of different sizes, and zeros in the last of several rows."""
    rng = Rng(seed, f"int8 {shape}")
    weight = rng.normal(*shape) * rng.uniform(shape[0], 1, low=0.01, high=2.0)
    weight[1:][-1:] = 0.0
    return weight.to(dtype)


def torch_restored(weight: Tensor, scale: Tensor) -> Tensor:
    """Return the weights rounded to codes and restored by torch, in float32."""
    zeros = torch.zeros(len(scale), dtype=torch.int32)
    return torch.fake_quantize_per_channel_affine(weight.float(), scale, zeros, 0, -127, 127)


def near_a_half(weight: Tensor, scale: Tensor) -> Tensor:
    """Return where torch may round differently: it multiplies by the inverse of the scale."""
    return ((weight.double() / scale[:, None]).abs() % 1 - 0.5).abs() < 1e-4


@seeds
@shapes
@dtypes
def test_codes(reference: Reference, seed: int, shape: tuple[int, int], dtype: torch.dtype) -> None:
    weight = random_weight(seed, shape, dtype)
    codes, scale = reference.quantize_rows(weight)
    assert (codes.dtype, scale.dtype) == (torch.int8, torch.float32)
    largest = torch.linalg.vector_norm(weight.double(), ord=torch.inf, dim=1)
    exact = torch.where(largest == 0, 1.0, largest / 127)
    torch.testing.assert_close(scale.double(), exact, rtol=1e-6, atol=0)
    oracle = torch.round(torch_restored(weight, scale) / scale[:, None])
    clear = ~near_a_half(weight, scale)
    assert torch.equal(codes[clear].float(), oracle[clear])
    steps = weight.double() / exact[:, None]
    assert bool(((codes - steps).abs() <= 0.5001).all())


@seeds
@shapes
def test_restored_weights(reference: Reference, seed: int, shape: tuple[int, int]) -> None:
    weight = random_weight(seed, shape, torch.float32)
    codes, scale = reference.quantize_rows(weight)
    restored = reference.dequantize_rows(codes, scale)
    assert restored.dtype == torch.float32
    clear = ~near_a_half(weight, scale)
    torch.testing.assert_close(restored[clear], torch_restored(weight, scale)[clear])
    assert bool(((restored - weight).abs() <= 0.5001 * scale[:, None]).all())


@seeds
@shapes
@dtypes
def test_products(
    reference: Reference, seed: int, shape: tuple[int, int], dtype: torch.dtype
) -> None:
    codes, scale = reference.quantize_rows(random_weight(seed, shape, torch.float32))
    x = Rng(seed, "x").normal(6, shape[1], scale=2.0).to(dtype)
    got = reference.int8_linear(x, codes, scale)
    assert got.dtype == dtype
    expected = F.linear(x.double(), codes.double() * scale.double()[:, None])
    tolerance = max(torch.finfo(dtype).eps, 1e-6)
    largest = float(expected.abs().max())
    torch.testing.assert_close(got.double(), expected, rtol=tolerance, atol=tolerance * largest)
