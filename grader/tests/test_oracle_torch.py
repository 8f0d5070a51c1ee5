"""Stages 8 to 16 and 19, compared with torch.nn.functional in float64, and NumPy for rotations."""

import numpy as np
import numpy.typing as npt
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from grader.suite.rng import Rng
from grader.suite.yours_and_reference import Reference

SEEDS = (0, 1, 2)
HEADS = ((6, 2, 10), (4, 4, 6), (5, 1, 8), (12, 4, 16))  # query heads, key/value heads, head dim
LENGTHS = (1, 5, 13)
THETA = 500000.0

seeds = pytest.mark.parametrize("seed", SEEDS)
lengths = pytest.mark.parametrize("length", LENGTHS)
all_heads = pytest.mark.parametrize(("n_heads", "n_kv_heads", "head_dim"), HEADS)


def close(got: Tensor, expected: Tensor, rtol: float = 1e-5, atol: float = 1e-6) -> None:
    """Assert that float32 results are as near to the exact ones as float32 can be."""
    assert got.dtype == torch.float32
    torch.testing.assert_close(got.double(), expected.double(), rtol=rtol, atol=atol)


def angles(head_dim: int, length: int, theta: float) -> npt.NDArray[np.float64]:
    """Return position times frequency, by the paper's formula, in float64."""
    frequencies = np.array([theta ** (-2 * i / head_dim) for i in range(head_dim // 2)])
    return np.arange(length)[:, None] * frequencies  # [T, d/2]


def turned(x: Tensor, theta: float) -> Tensor:
    """Multiply each pair by its 2-by-2 rotation matrix, in float64."""
    *_, length, head_dim = x.shape
    turn = angles(head_dim, length, theta)
    matrices = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    pairs = x.double().numpy().reshape(*x.shape[:-1], head_dim // 2, 2)
    result = np.einsum("abti,...tib->...tia", matrices, pairs)
    return torch.from_numpy(result.reshape(x.shape))


def heads_of(x: Tensor, weight: Tensor, n_heads: int) -> Tensor:
    """Project with all heads at once, in float64."""
    projected = F.linear(x.double(), weight.double())  # [T, n * d]
    return projected.view(len(x), n_heads, -1).transpose(0, 1)  # [n, T, d]


@seeds
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_embed(reference: Reference, seed: int, dtype: torch.dtype) -> None:
    rng = Rng(seed, "embed")
    table = rng.normal(40, 12).to(dtype)
    tokens = torch.tensor(rng.choices(range(40), k=50))
    got = reference.embed(tokens, table)
    assert got.dtype == dtype
    assert torch.equal(got, F.embedding(tokens, table))


@seeds
@pytest.mark.parametrize("shape", [(6,), (5, 12), (2, 3, 48), (1, 4096)])
@pytest.mark.parametrize(("size", "eps"), [(1.0, 1e-5), (1e-3, 1e-5), (1e-3, 1e-6), (300.0, 0.1)])
def test_rms_norm(
    reference: Reference, seed: int, shape: tuple[int, ...], size: float, eps: float
) -> None:
    rng = Rng(seed, "rms_norm")
    x, weight = rng.normal(*shape, scale=size) + size / 2, rng.norm_weight(shape[-1])
    expected = F.rms_norm(x.double(), shape[-1:], weight.double(), eps)
    close(reference.rms_norm(x, weight, eps), expected)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_rms_norm_squares_in_float32(reference: Reference, dtype: torch.dtype) -> None:
    rng = Rng(0, "half")
    x, weight = rng.normal(5, 16, scale=1000.0).to(dtype), rng.norm_weight(16).to(dtype)
    expected = F.rms_norm(x.double(), (16,), weight.double(), 1e-5)
    got = reference.rms_norm(x, weight, 1e-5)
    assert got.dtype == dtype
    torch.testing.assert_close(got.double(), expected, rtol=torch.finfo(dtype).eps, atol=0)


@pytest.mark.parametrize("head_dim", [2, 6, 10, 64, 128])
@pytest.mark.parametrize("theta", [10000.0, THETA])
def test_frequencies_and_rotations(reference: Reference, head_dim: int, theta: float) -> None:
    expected = torch.from_numpy(angles(head_dim, 2, theta)[1])
    close(reference.rope_frequencies(head_dim, theta), expected, atol=0)
    # A float32 angle is off by up to one part in 10 million, so its error grows with the position.
    for length, atol in ((1, 1e-6), (17, 2e-6), (8192, 2e-3)):
        got = reference.precompute_freqs_cis(head_dim, length, theta)
        assert got.dtype == torch.complex64
        turn = angles(head_dim, length, theta)
        close(got.real, torch.from_numpy(np.cos(turn)), atol=atol)
        close(got.imag, torch.from_numpy(np.sin(turn)), atol=atol)
        close(got.abs(), torch.ones(got.shape))


@seeds
@pytest.mark.parametrize("shape", [(1, 6), (9, 10), (3, 17, 8), (2, 4, 5, 64)])
def test_rotate(reference: Reference, seed: int, shape: tuple[int, ...]) -> None:
    x = Rng(seed, "rotate").normal(*shape)
    freqs_cis = reference.precompute_freqs_cis(shape[-1], shape[-2], THETA)
    close(reference.rotate(x, freqs_cis), turned(x, THETA))


@seeds
@all_heads
def test_split_heads_and_project(
    reference: Reference, seed: int, n_heads: int, n_kv_heads: int, head_dim: int
) -> None:
    rng = Rng(seed, "heads")
    weight, x = rng.weight(n_heads * head_dim, 20), rng.normal(7, 20)
    heads = reference.split_heads(weight, n_heads)
    assert torch.equal(heads, torch.stack(weight.chunk(n_heads)))
    together = F.linear(x.double(), weight.double())  # [T, n * d]
    for head, expected in zip(heads, together.chunk(n_heads, dim=-1), strict=True):
        close(reference.project(x, head), expected)


@seeds
@pytest.mark.parametrize(("queries", "keys", "head_dim"), [(1, 1, 6), (5, 9, 10), (11, 4, 128)])
def test_attention_scores(
    reference: Reference, seed: int, queries: int, keys: int, head_dim: int
) -> None:
    """With the unit matrix for values, attention gives the softmax of the scores itself."""
    rng = Rng(seed, "scores")
    q, k = rng.normal(queries, head_dim), rng.normal(keys, head_dim)
    scores = reference.attention_scores(q, k)
    unit = torch.eye(keys).double()
    weights = F.scaled_dot_product_attention(q.double(), k.double(), unit)
    close(scores.softmax(-1), weights)
    close(scores, F.linear(q.double(), k.double()) / head_dim**0.5)


@lengths
def test_causal_mask(reference: Reference, length: int) -> None:
    expected = torch.nn.Transformer.generate_square_subsequent_mask(length)
    got = reference.causal_mask(length)
    assert got.dtype == torch.float32
    assert torch.equal(got, expected)


@seeds
@lengths
@pytest.mark.parametrize("head_dim", [6, 10, 64])
def test_masked_attention(reference: Reference, seed: int, length: int, head_dim: int) -> None:
    rng = Rng(seed, "masked")
    q, k, v = (rng.normal(length, head_dim) for _ in range(3))
    exact_q, exact_k, exact_v = q.double(), k.double(), v.double()
    got = reference.masked_attention(q, k, v)
    close(got, F.scaled_dot_product_attention(exact_q, exact_k, exact_v, is_causal=True))
    mask = reference.causal_mask(length).double()
    close(got, F.scaled_dot_product_attention(exact_q, exact_k, exact_v, attn_mask=mask))


@all_heads
def test_kv_head_index(reference: Reference, n_heads: int, n_kv_heads: int, head_dim: int) -> None:
    expected = torch.repeat_interleave(torch.arange(n_kv_heads), n_heads // n_kv_heads)
    got = [reference.kv_head_index(head, n_heads, n_kv_heads) for head in range(n_heads)]
    assert got == expected.tolist()


def exact_attention(
    x: Tensor, wq: Tensor, wk: Tensor, wv: Tensor, wo: Tensor, n_heads: int, n_kv_heads: int
) -> Tensor:
    """Compute a whole attention with torch's own function, in float64."""
    mixed = F.scaled_dot_product_attention(
        turned(heads_of(x, wq, n_heads), THETA)[None],  # [1, H, T, d]
        turned(heads_of(x, wk, n_kv_heads), THETA)[None],  # [1, K, T, d]
        heads_of(x, wv, n_kv_heads)[None],  # [1, K, T, d]
        is_causal=True,
        enable_gqa=True,
    )[0]
    return F.linear(mixed.transpose(0, 1).flatten(1), wo.double())  # [T, D]


@seeds
@lengths
@all_heads
def test_attention(
    reference: Reference, seed: int, length: int, n_heads: int, n_kv_heads: int, head_dim: int
) -> None:
    rng, dim, kv_dim = Rng(seed, "attention"), n_heads * head_dim, n_kv_heads * head_dim
    x, wq, wo = rng.normal(length + 1, dim), rng.weight(dim, dim), rng.weight(dim, dim)
    wk, wv = rng.weight(kv_dim, dim), rng.weight(kv_dim, dim)
    freqs_cis = reference.precompute_freqs_cis(head_dim, length + 1, THETA)
    got = reference.attention(x, wq, wk, wv, wo, freqs_cis, n_heads, n_kv_heads)
    close(got, exact_attention(x, wq, wk, wv, wo, n_heads, n_kv_heads), atol=2e-6)
    past = exact_attention(x[:length], wq, wk, wv, wo, n_heads, n_kv_heads)
    close(got[:length], past, atol=2e-6)  # the last token changes nothing before it


@seeds
@pytest.mark.parametrize(("dim", "width"), [(6, 20), (48, 77), (60, 144)])
def test_feed_forward(reference: Reference, seed: int, dim: int, width: int) -> None:
    rng = Rng(seed, "feed_forward")
    x, w2 = rng.normal(5, dim), rng.weight(dim, width)
    w1, w3 = (rng.weight(width, dim) for _ in range(2))
    gate = F.silu(F.linear(x.double(), w1.double()))
    expected = F.linear(gate * F.linear(x.double(), w3.double()), w2.double())
    close(reference.feed_forward(x, w1, w2, w3), expected)


@seeds
@lengths
def test_next_token_logits(reference: Reference, seed: int, length: int) -> None:
    rng = Rng(seed, "logits")
    hidden, output = rng.normal(length, 60), rng.weight(768, 60)
    expected = F.linear(hidden.double(), output.double())[-1]
    close(reference.next_token_logits(hidden, output), expected)


@seeds
@pytest.mark.parametrize(("dtype", "limit"), [(torch.bfloat16, 1e-2), (torch.float16, 1.5e-3)])
def test_half_precision(reference: Reference, seed: int, dtype: torch.dtype, limit: float) -> None:
    """Results keep the dtype of their inputs, and lose no more precision than it must."""
    rng = Rng(seed, "half precision")
    x = rng.normal(9, 60).to(dtype)
    wq, wk, wv, wo = (rng.weight(rows, 60).to(dtype) for rows in (60, 20, 20, 60))
    freqs_cis = reference.precompute_freqs_cis(10, 9, THETA)
    q, k, v = (rng.normal(9, 10).to(dtype) for _ in range(3))
    pairs = [
        (reference.rotate(q, freqs_cis), turned(q.float(), THETA)),
        (
            reference.masked_attention(q, k, v),
            F.scaled_dot_product_attention(q.double(), k.double(), v.double(), is_causal=True),
        ),
        (
            reference.attention(x, wq, wk, wv, wo, freqs_cis, 6, 2),
            exact_attention(x, wq, wk, wv, wo, 6, 2),
        ),
    ]
    for got, expected in pairs:
        assert got.dtype == dtype
        error = (got.double() - expected).norm() / expected.norm()
        assert error <= limit
