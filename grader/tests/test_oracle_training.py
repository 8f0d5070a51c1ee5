"""Stage 31, compared with torch's own loss, clipping and optimizer on a batched forward pass."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from grader.suite.rng import Rng
from grader.suite.shared_inputs import random_weights, small_params
from grader.suite.yours_and_reference import Reference
from tiny_weights.model import forward

SETTINGS = (
    {"beta1": 0.9, "beta2": 0.95, "eps": 1e-3, "weight_decay": 0.1, "max_norm": 0.5},
    {"beta1": 0.8, "beta2": 0.999, "eps": 1e-2, "weight_decay": 0.3, "max_norm": 100.0},
)
STEPS = 5

seeds = pytest.mark.parametrize("seed", range(3))


def drawn(reference: Reference, seed: int) -> tuple[Tensor, dict[str, Tensor], dict[str, Any]]:
    """Return a batch, weights and params of a random model."""
    rng, params = Rng(seed, "training"), small_params(n_layers=2)
    weights = random_weights(rng, reference, params).args[0]
    return torch.tensor(rng.choices(range(40), k=4 * 8)).view(4, 8), weights, params


def torch_loss(batch: Tensor, weights: dict[str, Tensor], params: dict[str, Any]) -> Tensor:
    logits = forward(batch[:, :-1], weights, params)  # [B, T, V]
    return F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())


def new_optimizer(weights: dict[str, Tensor], **settings: float) -> dict[str, Any]:
    mean, variance = ({name: torch.zeros_like(one) for name, one in weights.items()} for _ in "mv")
    return {"step": 0, "mean": mean, "variance": variance, **settings}


@seeds
def test_batch_loss_and_its_gradients(reference: Reference, seed: int) -> None:
    batch, weights, params = drawn(reference, seed)
    ours, theirs = (
        {name: one.clone().requires_grad_() for name, one in weights.items()} for _ in range(2)
    )
    loss, expected = reference.batch_loss(batch, ours, params), torch_loss(batch, theirs, params)
    torch.testing.assert_close(loss, expected)
    loss.backward()
    expected.backward()
    for name, leaf in ours.items():
        torch.testing.assert_close(leaf.grad, theirs[name].grad, rtol=1e-4, atol=1e-6)


@seeds
@pytest.mark.parametrize("settings", SETTINGS)
def test_several_steps(reference: Reference, seed: int, settings: dict[str, float]) -> None:
    batch, weights, params = drawn(reference, seed)
    leaves = {name: one.clone().requires_grad_() for name, one in weights.items()}
    betas = settings["beta1"], settings["beta2"]
    adamw = torch.optim.AdamW(
        leaves.values(), 0.01, betas, settings["eps"], settings["weight_decay"]
    )
    optimizer = new_optimizer(weights, **settings)
    for step in range(STEPS):
        lr = 0.01 / (1 + step)
        adamw.param_groups[0]["lr"] = lr
        rows = batch.roll(step, 1)
        expected = torch_loss(rows, leaves, params)
        adamw.zero_grad()
        expected.backward()
        torch.nn.utils.clip_grad_norm_(leaves.values(), settings["max_norm"])
        adamw.step()
        loss, weights, optimizer = reference.train_step(rows, weights, optimizer, params, lr)
        assert loss == pytest.approx(expected.item(), rel=1e-5)
        assert optimizer["step"] == step + 1
        for name, leaf in leaves.items():
            assert not weights[name].requires_grad
            torch.testing.assert_close(weights[name], leaf.detach(), rtol=1e-4, atol=1e-5)
            for ours, theirs in (("mean", "exp_avg"), ("variance", "exp_avg_sq")):
                state = adamw.state[leaf][theirs]
                torch.testing.assert_close(optimizer[ours][name], state, rtol=1e-3, atol=1e-6)


def test_training_learns_a_text(reference: Reference) -> None:
    batch, weights, params = drawn(reference, 0)
    optimizer, losses = new_optimizer(weights, **{**SETTINGS[0], "eps": 1e-8}), []
    for _ in range(60):
        loss, weights, optimizer = reference.train_step(batch, weights, optimizer, params, 0.01)
        losses.append(loss)
    assert losses[0] > 3.0 and losses[-1] < 1.0
