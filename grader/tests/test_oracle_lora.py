"""Stage 32, compared with arithmetic in float64 and with torch's own gradients."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from grader.suite.rng import Rng
from grader.suite.yours_and_reference import Reference

DTYPES = (torch.float32, torch.bfloat16, torch.float16)
SIZES = ((8, 12, 3, 4.0), (10, 6, 2, 5), (7, 7, 7, 14.0), (1, 1, 1, 0.5), (64, 300, 16, 32.0))

seeds = pytest.mark.parametrize("seed", range(3))
dtypes = pytest.mark.parametrize("dtype", DTYPES)
sizes = pytest.mark.parametrize(("columns", "rows", "rank", "alpha"), SIZES)


def drawn(seed: int, columns: int, rows: int, rank: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return x, a weight, a and b."""
    rng = Rng(seed, f"lora {rows}x{columns}")
    x = rng.normal(6, columns)
    return x, rng.weight(rows, columns), rng.weight(rank, columns), rng.weight(rows, rank)


def by_fractions(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Add up the merged matrix entry by entry, exactly rounded."""
    rank = len(a)
    entries = [
        math.fsum([kept, *(alpha * y * z / rank for y, z in zip(up, down, strict=True))])
        for row, up in zip(weight.tolist(), b.tolist(), strict=True)
        for kept, down in zip(row, a.T.tolist(), strict=True)
    ]
    return torch.tensor(entries, dtype=torch.float64).view(weight.shape)


@seeds
@sizes
@dtypes
def test_both_functions(
    reference: Reference,
    seed: int,
    columns: int,
    rows: int,
    rank: int,
    alpha: float,
    dtype: torch.dtype,
) -> None:
    x, weight, a, b = (one.to(dtype) for one in drawn(seed, columns, rows, rank))
    merged = reference.merge_lora(weight, a, b, alpha)
    result = reference.lora_linear(x, weight, a, b, alpha)
    assert (merged.dtype, result.dtype) == (dtype, dtype)
    expected = by_fractions(weight, a, b, alpha)
    tolerance = 8 * max(torch.finfo(dtype).eps, 1e-6)
    for got, right in ((merged, expected), (result, F.linear(x.double(), expected))):
        largest = float(right.abs().max())
        torch.testing.assert_close(got.double(), right, rtol=tolerance, atol=tolerance * largest)
    torch.testing.assert_close(
        (x @ merged.T).double(), result.double(), rtol=tolerance, atol=4 * tolerance
    )


@seeds
@sizes
def test_gradients_of_both_functions(
    reference: Reference, seed: int, columns: int, rows: int, rank: int, alpha: float
) -> None:
    """The gradients are products that can be worked out with pen and paper."""
    x, weight, a, b = (one.double() for one in drawn(seed, columns, rows, rank))
    incoming = Rng(seed, "incoming").normal(len(x), rows).double()
    by_weight = incoming.T @ x  # [out, in]: the gradient of a full weight
    expected = alpha / rank * b.T @ by_weight, alpha / rank * by_weight @ a.T
    for through_merge in (False, True):
        leaves = a.clone().requires_grad_(), b.clone().requires_grad_()
        if through_merge:
            result = x @ reference.merge_lora(weight, *leaves, alpha).T
        else:
            result = reference.lora_linear(x, weight, *leaves, alpha)
        got = torch.autograd.grad(result, leaves, incoming)
        torch.testing.assert_close(got, expected)


@seeds
@sizes
def test_what_a_new_pair_learns_first(
    reference: Reference, seed: int, columns: int, rows: int, rank: int, alpha: float
) -> None:
    """With zeros in b the model is unchanged, only b has a gradient; with two zeros, nothing."""
    x, weight, a, b = drawn(seed, columns, rows, rank)
    zeros = torch.zeros_like(b).requires_grad_()
    for first, moves in ((a, True), (torch.zeros_like(a), False)):
        first = first.clone().requires_grad_()
        result = reference.lora_linear(x, weight, first, zeros, alpha)
        torch.testing.assert_close(result, x @ weight.T)
        for_a, for_b = torch.autograd.grad(result.square().sum(), (first, zeros))
        assert not bool(for_a.any())
        assert bool(for_b.any()) == moves
