"""How the rows of a batch are computed: all at once, or one at a time.

A loop over 64 rows takes about ten times as long as one pass over all of them. `torch.vmap` runs
code that is written for one row on all rows at once. It can't run code that looks at a tensor's
values, as `.item()` and `if x > 0` do. Such code is right, so its rows are looped over.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import torch

from grader.calls.error_report import describe_error
from grader.calls.stage_modules import StageModules
from grader.train.trainer import LOSS, TRAINING, Trainer, Weights

AS_WRITTEN, AT_ONCE, ONE_BY_ONE = "as written", "all at once", "one by one"
_TRIED = 8  # rows
_FASTER = 2  # times, for a change to be worth it
_CLOSE = 1e-3
_SLOW = "which takes about 10 times as long"
BatchLoss = Callable[[torch.Tensor, Weights, dict[str, Any]], torch.Tensor]


@dataclass(frozen=True)
class Pace:
    """The way that was chosen, and a line that says why; empty if the code runs as written."""

    name: str
    words: str = ""

    @property
    def is_slow(self) -> bool:
        """Whether one row is taken after another."""
        return self.name == ONE_BY_ONE or _SLOW in self.words


def looped_loss(modules: StageModules) -> BatchLoss:
    """Return a `batch_loss` of stages 18 and 29 that runs one row after another."""

    def batch_loss(batch: torch.Tensor, weights: Weights, params: dict[str, Any]) -> torch.Tensor:
        cross_entropy = modules.module(LOSS).cross_entropy
        losses = []
        for row in batch:
            hidden = modules.find("transformer")(row[:-1], weights, params)  # [T, D]
            losses.append(cross_entropy(hidden @ weights["output.weight"].T, row[1:]))
        return torch.stack(losses).mean()

    return batch_loss


def choose_pace(trainer: Trainer, rows: torch.Tensor, weights: Weights) -> Pace:
    """Try out on a few rows how a batch can be computed."""
    batch = rows[:_TRIED]
    written: BatchLoss = trainer.modules.module(TRAINING).batch_loss
    try:
        loss, seconds = _tried(written, batch, weights, trainer.params)
    except Exception as error:
        what = describe_error(error, trainer.chosen.own_files)
        at = re.findall(r"in (\S+, line \d+):", what.where)
        reason = f" ({at[-1]})" if at else ""
        return Pace(
            ONE_BY_ONE,
            f"Your code can't run on all rows of a batch at once{reason}, so it takes one row "
            f"after another, {_SLOW}.",
        )
    if TRAINING not in trainer.chosen.own:
        return Pace(AS_WRITTEN)
    try:
        same, faster = _tried(_mapped(written), batch, weights, trainer.params)
    except Exception:
        return Pace(AS_WRITTEN, f"Your batch_loss takes one row after another, {_SLOW}.")
    if faster * _FASTER < seconds and abs(same - loss) < _CLOSE * max(1, abs(loss)):
        words = "Your batch_loss takes one row after another; torch.vmap runs it on all at once."
        return Pace(AT_ONCE, words)
    return Pace(AS_WRITTEN)


def set_pace(trainer: Trainer, name: str) -> None:
    """Let stage 31's `train_step` compute batches in the chosen way."""
    module = trainer.modules.module(TRAINING)
    if name == ONE_BY_ONE:
        module.__dict__["batch_loss"] = looped_loss(trainer.modules)
    elif name == AT_ONCE:
        module.__dict__["batch_loss"] = _mapped(module.batch_loss)


def _mapped(batch_loss: BatchLoss) -> BatchLoss:
    """Return a `batch_loss` that runs another, on one row each, for all rows at once."""

    def mapped(batch: torch.Tensor, weights: Weights, params: dict[str, Any]) -> torch.Tensor:
        return torch.vmap(lambda row: batch_loss(row[None], weights, params))(batch).mean()

    return mapped


def _tried(
    batch_loss: BatchLoss, batch: torch.Tensor, weights: Weights, params: dict[str, Any]
) -> tuple[float, float]:
    """Return the loss of a batch, and the seconds that it and its gradients took at best."""
    times = []
    for _ in range(2):  # the first time costs more
        begun = perf_counter()
        leaves = {name: weight.detach().requires_grad_() for name, weight in weights.items()}
        loss = batch_loss(batch, leaves, params)
        loss.backward()
        times.append(perf_counter() - begun)
    return loss.item(), min(times)
