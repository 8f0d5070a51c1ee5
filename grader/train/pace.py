"""How the rows of a batch are computed: all at once, or one at a time.

A loop over 64 rows takes about ten times as long as one pass over all of them. `torch.vmap` runs
code that is written for one row on all rows at once, if the code allows it.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import torch

from grader.calls.error_report import describe_error
from grader.calls.looped_vmap import rows_one_by_one
from grader.language import tr
from grader.train.trainer import TRAINING, Trainer, Weights

AS_WRITTEN, AT_ONCE, ONE_BY_ONE = "as written", "all at once", "one by one"
_SLOWLY = "as written, slowly"
_TRIED = 8  # rows
_FASTER = 2  # times, for a change to be worth it
_CLOSE = 1e-3
BatchLoss = Callable[[torch.Tensor, Weights, dict[str, Any]], torch.Tensor]


@dataclass(frozen=True)
class Pace:
    """The way that was chosen, and the line that allows no other, such as "s08.py" and 21."""

    name: str
    file: str = ""
    line: int = 0

    @property
    def is_slow(self) -> bool:
        """Whether one row is taken after another."""
        return self.name in (ONE_BY_ONE, _SLOWLY)

    @property
    def words(self) -> str:
        """Why it was chosen; empty if the code runs as written."""
        if self.name == AT_ONCE:
            return tr(
                "Your batch_loss takes one row after another, so the program runs it with "
                "torch.vmap, on all rows at once."
            )
        if self.name == _SLOWLY:
            return tr(
                "Your batch_loss takes one row after another, which takes about 10 times as long."
            )
        if self.name == ONE_BY_ONE and self.file:
            return tr(
                "Your code can't run on all rows of a batch at once ({where}), so it takes one row "
                "after another, which takes about 10 times as long.",
                where=tr("{file}, line {line}", file=self.file, line=self.line),
            )
        if self.name == ONE_BY_ONE:
            return tr(
                "Your code can't run on all rows of a batch at once, so it takes one row after "
                "another, which takes about 10 times as long."
            )
        return ""


def pace_from(stored: dict[str, Any]) -> Pace:
    """Return a pace from its fields in a file; those of older programs lack some."""
    return Pace(stored["name"], stored.get("file", ""), stored.get("line", 0))


def choose_pace(trainer: Trainer, rows: torch.Tensor, weights: Weights) -> Pace:
    """Try out on a few rows how a batch can be computed."""
    batch = rows[:_TRIED]
    written: BatchLoss = trainer.modules.module(TRAINING).batch_loss
    try:
        loss, seconds = _tried(written, batch, weights, trainer.params)
    except Exception as error:
        where = describe_error(error, trainer.chosen.own_files).where
        file, line = (re.findall(r"in (\S+), line (\d+):", where) or [("", "0")])[-1]
        return Pace(ONE_BY_ONE, file, int(line))
    if TRAINING not in trainer.chosen.own:
        return Pace(AS_WRITTEN)
    try:
        same, faster = _tried(_mapped(written), batch, weights, trainer.params)
    except Exception:
        return Pace(_SLOWLY)
    if faster * _FASTER < seconds and abs(same - loss) < _CLOSE * max(1, abs(loss)):
        return Pace(AT_ONCE)
    return Pace(AS_WRITTEN)


@contextmanager
def at_pace(trainer: Trainer, pace: Pace) -> Iterator[None]:
    """Let stage 31 compute batches in the chosen way."""
    module = trainer.modules.module(TRAINING)
    if pace.name == ONE_BY_ONE:
        with rows_one_by_one(module):
            yield
        return
    written = module.batch_loss
    if pace.name == AT_ONCE:
        module.__dict__["batch_loss"] = _mapped(written)
    try:
        yield
    finally:
        module.__dict__["batch_loss"] = written


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
        leaves = {name: weight.clone().requires_grad_() for name, weight in weights.items()}
        tried = batch_loss(batch, leaves, params)
        tried.backward()
        times.append(perf_counter() - begun)
    return tried.item(), min(times)
