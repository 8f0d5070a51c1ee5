"""Short trainings in the tests' own process."""

from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console

from grader.answer.chosen_stages import ChosenStages
from grader.editions import WholeKata
from grader.kata import Kata
from grader.stages import stage_of
from grader.train.kata_text import kata_text
from grader.train.options import Options
from grader.train.rows import Rows, kata_rows
from grader.train.steps import Run, training
from grader.train.train import run_train
from grader.train.trainer import TRAINING_STAGES, Trainer

STEPS, SENTENCES = 6, 24


def own_kata(kata: Kata, folder: Path) -> Kata:
    """Return a kata whose state is in another folder."""
    return WholeKata(kata.root, own=folder)


def trained(kata: Kata, out: Path, **options: Any) -> tuple[int, str]:
    """Train for a few steps with the reference, and return the exit code and what is printed."""
    said = StringIO()
    console = Console(file=said, highlight=False)
    console.soft_wrap = True
    usual = Options(out, steps=STEPS, target="solutions")
    code = run_train(kata, console, replace(usual, **options))
    return code, said.getvalue()


def interrupt_after(patch: pytest.MonkeyPatch, steps: int) -> None:
    """Press Ctrl-C after some steps of every training, counted from its start."""

    def stopped(*args: Any) -> Iterator[Run]:
        for run in training(*args):
            yield run
            if run.step == steps:
                raise KeyboardInterrupt

    patch.setattr("grader.train.train.training", stopped)


def trainer_with(kata: Kata, changed: dict[int, Path]) -> Trainer:
    """Return a trainer whose stages are the reference's, except for some of the learner's."""
    files = {stage.number: kata.solution(stage) for stage in TRAINING_STAGES}
    return Trainer(kata, ChosenStages({**files, **changed}, frozenset(changed)))


def changed_stage(kata: Kata, folder: Path, number: int, old: str, new: str) -> Path:
    """Write a solution with one piece of code replaced, and return its path."""
    solution = kata.solution(stage_of(number))
    text = solution.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = folder / solution.name
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def few_rows(kata: Kata, trainer: Trainer) -> Rows:
    """Return some of the kata's sentences as rows."""
    sentences = kata_text().sentences[:SENTENCES]
    return kata_rows(sentences, trainer.text.encode, trainer.end)


def weights_in(folder: Path) -> dict[str, torch.Tensor]:
    """Return the weights of a written model."""
    weights: dict[str, torch.Tensor] = torch.load(folder / "consolidated.00.pth", weights_only=True)
    return weights


def same_weights(one: Path, other: Path) -> bool:
    """Return whether two written models are equal."""
    first, second = weights_in(one), weights_in(other)
    return first.keys() == second.keys() and all(
        torch.equal(weight, second[name]) for name, weight in first.items()
    )
