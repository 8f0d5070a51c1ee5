"""Stage 27, compared with torch's own attention in float64."""

from itertools import product

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from grader.suite.rng import Rng
from grader.suite.yours_and_reference import Reference

LENGTHS = ((1, 1), (1, 9), (5, 5), (4, 11), (13, 13), (40, 70))  # queries and keys
BLOCKS = (1, 2, 3, 7, 16, 100)

seeds = pytest.mark.parametrize("seed", range(3))
settings = pytest.mark.parametrize(("lengths", "block"), list(product(LENGTHS, BLOCKS)))


def random_head(seed: int, lengths: tuple[int, int], width: int) -> tuple[Tensor, Tensor, Tensor]:
    rng = Rng(seed, f"blocks {lengths}")
    n_queries, n_keys = lengths
    return rng.normal(n_queries, width), rng.normal(n_keys, width), rng.normal(n_keys, width)


def torch_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Return torch's result with a mask that lets the last query see all keys."""
    seen = torch.ones(len(q), len(k), dtype=torch.bool).tril(len(k) - len(q))
    q, k, v = q.double(), k.double(), v.double()
    return F.scaled_dot_product_attention(q, k, v, attn_mask=seen)


@seeds
@settings
def test_attention_in_blocks(
    reference: Reference, seed: int, lengths: tuple[int, int], block: int
) -> None:
    args = random_head(seed, lengths, 10)
    got = reference.attention_in_blocks(*args, block)
    assert got.dtype == torch.float32
    torch.testing.assert_close(got.double(), torch_attention(*args), rtol=1e-5, atol=1e-6)


@seeds
@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("size", [1e-3, 30.0, 1000.0])
def test_small_and_large_scores(reference: Reference, seed: int, block: int, size: float) -> None:
    q, k, v = random_head(seed, (13, 20), 6)
    got = reference.attention_in_blocks(size * q, k, v, block)
    expected = torch_attention(size * q, k, v)
    torch.testing.assert_close(got.double(), expected, rtol=1e-3, atol=1e-3)


@seeds
@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision(reference: Reference, seed: int, block: int, dtype: torch.dtype) -> None:
    """The only rounding to half precision is that of the result."""
    q, k, v = (one.to(dtype) for one in random_head(seed, (6, 50), 16))
    got = reference.attention_in_blocks(q, k, v, block)
    assert got.dtype == dtype
    step = torch.finfo(dtype).eps
    expected = torch_attention(q, k, v)
    torch.testing.assert_close(got.double(), expected, rtol=step, atol=1e-6)
