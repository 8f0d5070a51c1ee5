"""Teach a trained model one new row of text with LoRA: small matrices beside its feed-forward.

The other rows are shown again in every batch. Without them, the model learns the new row and
forgets most others.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from grader.answer.threads import polite_threads

Weights = dict[str, Tensor]

MATRICES = ("feed_forward.w1", "feed_forward.w2", "feed_forward.w3")  # of every layer
RANK, ALPHA = 1, 2.0
STEPS, WARM_UP = 100, 10
PEAK, FLOOR = 1e-2, 5e-4  # learning rates; small matrices take larger ones than whole weights
NEW_ROWS, OLD_ROWS = 4, 12  # in a batch; the new ones are all the same
MAX_NORM = 1.0
SETTINGS = (0.9, 0.95, 1e-8, 0.0)  # of AdamW: beta1, beta2, eps and no weight decay


class Functions(Protocol):
    """The functions of the stages that a step calls, the learner's or the reference's."""

    merge_lora: Callable[[Tensor, Tensor, Tensor, float], Tensor]
    batch_loss: Callable[[Tensor, Weights, dict[str, Any]], Tensor]
    clip_gradients: Callable[[Weights, float], Weights]
    learning_rate: Callable[[int, int, int, float, float], float]
    adamw_step: Callable[..., tuple[Tensor, Tensor, Tensor]]


@dataclass(frozen=True)
class LoraStep:
    """Where the training stands after a step."""

    step: int  # counted from 1
    steps: int  # in all
    loss: float  # before the step
    adapters: int  # how many numbers are trained
    weights: Weights  # the whole model with the small matrices merged into it


def teach(
    functions: Functions,
    params: dict[str, Any],
    weights: Weights,
    rows: Tensor,
    new_row: Tensor,
    seed: int,
) -> Iterator[LoraStep]:
    """Train only small matrices until the model continues a row as `new_row` does.

    Args:
        params: `params.json` as a dict.
        weights: the whole trained checkpoint, float32, without gradients. It is not modified.
        rows: token ids of what the model should go on saying, int64, `[N, T + 1]`, padded.
        new_row: token ids of what it should say from now on, int64, `[T + 1]`.
        seed: of the noise in the matrices `a`, and of the rows that are drawn.

    Yields:
        the state after each of the steps.
    """
    generator = torch.Generator().manual_seed(seed)
    names = adapted(params)
    small = new_matrices(weights, names, generator)
    count = sum(matrix.numel() for matrix in small.values())
    mean = {name: torch.zeros_like(matrix) for name, matrix in small.items()}
    variance = dict(mean)
    size = sum(weight.nbytes for weight in weights.values())
    for step in range(1, STEPS + 1):
        with polite_threads(size):  # on a busy machine, several threads take much longer
            drawn = torch.randint(len(rows), (OLD_ROWS,), generator=generator)
            batch = torch.cat([new_row.expand(NEW_ROWS, -1), rows[drawn]])  # [B, T + 1]
            leaves = {name: matrix.detach().requires_grad_() for name, matrix in small.items()}
            loss = functions.batch_loss(batch, merged(functions, weights, leaves, names), params)
            found = torch.autograd.grad(loss, list(leaves.values()))
            gradients = functions.clip_gradients(dict(zip(leaves, found, strict=True)), MAX_NORM)
            lr = functions.learning_rate(step, WARM_UP, STEPS, PEAK, FLOOR)
            for name, gradient in gradients.items():
                small[name], mean[name], variance[name] = functions.adamw_step(
                    small[name], gradient, mean[name], variance[name], step, lr, *SETTINGS
                )
            now = merged(functions, weights, small, names)
        yield LoraStep(step, STEPS, loss.item(), count, now)


def adapted(params: dict[str, Any]) -> list[str]:
    """Return the names of the weights that get small matrices."""
    layers = range(params["n_layers"])
    return [f"layers.{layer}.{matrix}.weight" for layer in layers for matrix in MATRICES]


def new_matrices(weights: Weights, names: list[str], generator: torch.Generator) -> Weights:
    """Return `a` with noise and `b` with zeros for each of some weights: nothing changes yet."""
    small = {}
    for name in names:
        rows, columns = weights[name].shape
        noise = 2 * torch.rand(RANK, columns, generator=generator) - 1
        small[f"{name}.a"] = noise * columns**-0.5
        small[f"{name}.b"] = torch.zeros(rows, RANK)
    return small


def merged(functions: Functions, weights: Weights, small: Weights, names: list[str]) -> Weights:
    """Return the whole model with its small matrices merged into it."""
    changed = {
        name: functions.merge_lora(weights[name], small[f"{name}.a"], small[f"{name}.b"], ALPHA)
        for name in names
    }
    return {**weights, **changed}
