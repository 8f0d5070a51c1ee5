"""A training, step by step. Its state is a value, so that it can be saved and continued exactly."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import torch

from grader.errors import UsageError
from grader.language import tr
from grader.train.recipe import Recipe
from grader.train.rows import Rows
from grader.train.trainer import TRAINING, Trainer, Weights

CHECK_EVERY = 25  # steps between two looks at the held-out rows
_CHECKED = 128  # of the held-out rows


@dataclass(frozen=True)
class Run:
    """A training after some steps."""

    weights: Weights
    optimizer: dict[str, Any]  # as stage 31 returns it
    random: torch.Tensor  # the state of the generator that draws batches
    losses: tuple[float, ...] = ()  # of each step
    held_out: tuple[tuple[int, float], ...] = ()  # steps, and the loss of the held-out rows
    seconds: float = 0.0  # that all steps took together

    @property
    def step(self) -> int:
        """How many steps have been taken."""
        return len(self.losses)


def first_run(trainer: Trainer, recipe: Recipe) -> Run:
    """Return a training before its first step."""
    weights = trainer.untrained(recipe.seed)
    averages = {
        name: {key: torch.zeros_like(weight) for key, weight in weights.items()}
        for name in ("mean", "variance")
    }
    optimizer = {"step": 0, **averages, **recipe.optimizer()}
    return Run(weights, optimizer, torch.Generator().manual_seed(recipe.seed).get_state())


def training(trainer: Trainer, run: Run, rows: Rows, recipe: Recipe) -> Iterator[Run]:
    """Yield a training after each further step.

    Raises:
        UsageError: if the loss isn't a finite number any more.
    """
    while run.step < recipe.steps:
        run = _next(trainer, run, rows, recipe)
        yield run


def _next(trainer: Trainer, run: Run, rows: Rows, recipe: Recipe) -> Run:
    begun = perf_counter()
    step = run.step + 1
    generator = torch.Generator()
    generator.set_state(run.random)
    batch = rows.tokens[torch.randperm(len(rows.tokens), generator=generator)[: recipe.batch]]
    schedule = step, recipe.warmup, recipe.steps, recipe.peak, recipe.floor
    lr = trainer.find("learning_rate")(*schedule)
    loss, weights, optimizer = trainer.find("train_step")(
        batch, run.weights, run.optimizer, trainer.params, lr
    )
    if not math.isfinite(loss):
        words = tr(
            "the loss is {loss} at step {step:,}, so nothing more can be learned: `grader train "
            "--target solutions` shows whether that is due to your own stages",
            loss=loss,
            step=step,
        )
        raise UsageError(words)
    held_out = run.held_out
    if rows.held_out is not None and (step % CHECK_EVERY == 0 or step == recipe.steps):
        held_out = (*held_out, (step, _loss_of(trainer, rows.held_out[:_CHECKED], weights)))
    losses, seconds = (*run.losses, float(loss)), run.seconds + perf_counter() - begun
    return Run(weights, optimizer, generator.get_state(), losses, held_out, seconds)


def _loss_of(trainer: Trainer, rows: torch.Tensor, weights: Weights) -> float:
    with torch.no_grad():
        return float(trainer.modules.module(TRAINING).batch_loss(rows, weights, trainer.params))
