"""Stage 30, compared with torch's own optimizer, clipping and schedulers."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn import Parameter
from torch.nn.utils import clip_grad_norm_
from torch.optim import SGD, AdamW
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, LinearLR, SequentialLR

from grader.suite.rng import Rng
from grader.suite.yours_and_reference import Reference

SCHEDULES = ((8, 40, 3e-4, 3e-5), (1, 10, 0.1, 0.0), (30, 31, 2.0, 1.5), (100, 1000, 8e-5, 8e-7))
SETTINGS = (  # lr, beta1, beta2, eps, weight_decay
    (1e-3, 0.9, 0.999, 1e-8, 1e-2),
    (3e-4, 0.9, 0.95, 1e-5, 0.1),
    (0.2, 0.5, 0.8, 0.1, 0.5),
    (0.05, 0.0, 0.9, 1e-3, 0.0),
)

seeds = pytest.mark.parametrize("seed", range(3))


def random_gradients(seed: int) -> dict[str, Tensor]:
    rng = Rng(seed, "gradients")
    shapes = {"a": (4, 6), "b": (7,), "c": (2, 3, 5), "d": (), "e": (1, 1)}
    return {name: rng.normal(*shape) for name, shape in shapes.items()}


def clipped_by_torch(gradients: dict[str, Tensor], max_norm: float) -> dict[str, Tensor]:
    parameters = [Parameter(torch.zeros_like(one)) for one in gradients.values()]
    for parameter, gradient in zip(parameters, gradients.values(), strict=True):
        parameter.grad = gradient.clone()
    clip_grad_norm_(parameters, max_norm)
    found = [parameter.grad for parameter in parameters if parameter.grad is not None]
    return dict(zip(gradients, found, strict=True))


@seeds
@pytest.mark.parametrize("size", [1e-3, 0.1, 1.0, 100.0])
@pytest.mark.parametrize("max_norm", [0.1, 1.0, 7.5])
def test_clipping(reference: Reference, seed: int, size: float, max_norm: float) -> None:
    gradients = {name: size * one for name, one in random_gradients(seed).items()}
    got = reference.clip_gradients(gradients, max_norm)
    torch.testing.assert_close(got, clipped_by_torch(gradients, max_norm))
    norm = math.sqrt(sum(float(one.double().square().sum()) for one in gradients.values()))
    after = math.sqrt(sum(float(one.double().square().sum()) for one in got.values()))
    assert math.isclose(after, min(norm, max_norm), rel_tol=1e-5)
    if norm <= max_norm:
        assert all(torch.equal(got[name], one) for name, one in gradients.items())


def test_clipping_zeros(reference: Reference) -> None:
    zeros = {"a": torch.zeros(3), "b": torch.zeros(2, 2)}
    assert all(torch.equal(got, torch.zeros_like(got)) for got in clip(reference, zeros).values())


def clip(reference: Reference, gradients: dict[str, Tensor]) -> dict[str, Tensor]:
    got: dict[str, Tensor] = reference.clip_gradients(gradients, 1.0)
    assert got.keys() == gradients.keys()
    return got


@pytest.mark.parametrize(("warmup", "total", "peak", "floor"), SCHEDULES)
def test_rates(reference: Reference, warmup: int, total: int, peak: float, floor: float) -> None:
    """Torch's schedulers count from 0, and begin a cosine at its peak."""
    optimizer = SGD([Parameter(torch.zeros(1))], lr=peak)
    up = LinearLR(optimizer, start_factor=1 / warmup, total_iters=warmup - 1)
    down = CosineAnnealingLR(optimizer, T_max=total - warmup, eta_min=floor)
    schedule = SequentialLR(optimizer, [up, down], milestones=[warmup - 1]) if warmup > 1 else down
    for step in range(1, total + 1):
        got = reference.learning_rate(step, warmup, total, peak, floor)
        assert type(got) is float
        assert math.isclose(got, schedule.get_last_lr()[0], rel_tol=1e-9, abs_tol=1e-12)
        optimizer.step()
        schedule.step()


@pytest.mark.parametrize(("warmup", "total", "peak", "floor"), SCHEDULES)
def test_rates_without_a_warm_up(
    reference: Reference, warmup: int, total: int, peak: float, floor: float
) -> None:
    optimizer = SGD([Parameter(torch.zeros(1))], lr=peak)
    schedule = CosineAnnealingLR(optimizer, T_max=total, eta_min=floor)
    for step in range(1, total + 1):
        optimizer.step()
        schedule.step()
        got = reference.learning_rate(step, 0, total, peak, floor)
        assert math.isclose(got, schedule.get_last_lr()[0], rel_tol=1e-9, abs_tol=1e-12)
    for step in (total + 1, 2 * total, 10**9):
        assert reference.learning_rate(step, 0, total, peak, floor) == floor


@pytest.mark.parametrize("setting", SETTINGS)
@seeds
def test_steps(reference: Reference, seed: int, setting: tuple[float, ...]) -> None:
    """Twelve steps in a row, with a weight whose gradients are always 0."""
    lr, beta1, beta2, eps, weight_decay = setting
    rng = Rng(seed, "steps")
    weight = rng.normal(5, 7).double()
    mean = variance = torch.zeros_like(weight)
    parameter = Parameter(weight.clone())
    optimizer = AdamW([parameter], lr, (beta1, beta2), eps, weight_decay)
    for step in range(1, 13):
        gradient = rng.normal(5, 7, scale=10.0 ** (step % 4 - 2)).double()
        gradient[2, 3] = 0.0
        before = [one.clone() for one in (weight, gradient, mean, variance)]
        results = reference.adamw_step(weight, gradient, mean, variance, step, *setting)
        for one, other in zip(before, (weight, gradient, mean, variance), strict=True):
            assert torch.equal(one, other)
        weight, mean, variance = results
        parameter.grad = gradient.clone()
        optimizer.step()
        state = optimizer.state[parameter]
        torch.testing.assert_close(weight, parameter.detach(), rtol=1e-10, atol=1e-12)
        torch.testing.assert_close(mean, state["exp_avg"], rtol=1e-10, atol=1e-12)
        torch.testing.assert_close(variance, state["exp_avg_sq"], rtol=1e-10, atol=1e-12)


def test_steps_along_a_schedule(reference: Reference) -> None:
    """With the rates of a `LambdaLR`, in float32."""
    rng, schedule = Rng(0, "schedule"), (3, 20, 0.05, 0.005)
    weight = rng.normal(4, 4)
    mean = variance = torch.zeros(4, 4)
    parameter = Parameter(weight.clone())
    optimizer = AdamW([parameter], 1.0, (0.9, 0.95), 1e-8, 0.1)
    rates = LambdaLR(optimizer, lambda done: reference.learning_rate(done + 1, *schedule))
    for step in range(1, 25):
        gradient = rng.normal(4, 4)
        lr = reference.learning_rate(step, *schedule)
        assert math.isclose(lr, rates.get_last_lr()[0])
        settings = (step, lr, 0.9, 0.95, 1e-8, 0.1)
        weight, mean, variance = reference.adamw_step(weight, gradient, mean, variance, *settings)
        parameter.grad = gradient
        optimizer.step()
        rates.step()
        torch.testing.assert_close(weight, parameter.detach())
