"""Stage 29, compared with `torch.nn.functional.cross_entropy`, in value and in gradient."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from grader.suite.rng import Rng
from grader.suite.yours_and_reference import Reference

SHAPES = ((1, 1), (1, 6), (5, 9), (7, 7), (12, 5), (40, 768))  # positions, tokens

seeds = pytest.mark.parametrize("seed", range(3))
shapes = pytest.mark.parametrize("shape", SHAPES)
scales = pytest.mark.parametrize("scale", [0.0, 1e-3, 2.0, 50.0, 1e4])
offsets = pytest.mark.parametrize("offset", [0.0, -700.0, 700.0])
dtypes = pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])


def drawn(seed: int, shape: tuple[int, int], scale: float, offset: float) -> tuple[Tensor, Tensor]:
    """Return logits and targets."""
    rng = Rng(seed, f"cross-entropy {shape}")
    return rng.normal(*shape, scale=scale) + offset, rng.tokens(*shape)


def loss_and_gradient(loss: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    (gradient,) = torch.autograd.grad(loss, [logits])
    return loss.detach(), gradient


@seeds
@shapes
@scales
@offsets
@dtypes
def test_loss_and_gradient(
    reference: Reference,
    seed: int,
    shape: tuple[int, int],
    scale: float,
    offset: float,
    dtype: torch.dtype,
) -> None:
    logits, targets = drawn(seed, shape, scale, offset)
    logits = logits.to(dtype).requires_grad_()
    loss, gradient = loss_and_gradient(reference.cross_entropy(logits, targets), logits)
    assert (loss.dtype, loss.shape, gradient.dtype) == (torch.float32, (), dtype)
    exact = logits.detach().double().requires_grad_()
    expected, slope = loss_and_gradient(F.cross_entropy(exact, targets), exact)
    torch.testing.assert_close(loss.double(), expected, rtol=1e-6, atol=1e-6)
    near = max(1e-6, torch.finfo(dtype).eps)
    torch.testing.assert_close(gradient.double(), slope, rtol=near, atol=near * 1e-2)


@seeds
def test_equally_likely_tokens_cost_the_logarithm_of_their_number(
    reference: Reference, seed: int
) -> None:
    logits, targets = drawn(seed, (9, 768), 0.0, 3.0)
    loss = reference.cross_entropy(logits, targets)
    torch.testing.assert_close(loss, torch.tensor(768.0).log())


@seeds
def test_a_text_costs_the_logarithm_of_its_probability(reference: Reference, seed: int) -> None:
    logits, targets = drawn(seed, (11, 30), 2.0, 0.0)
    probabilities = logits.double().softmax(-1)[range(11), targets]
    loss = reference.cross_entropy(logits, targets)
    torch.testing.assert_close((-11 * loss.double()).exp(), probabilities.prod())
