"""Whose code plays each stage when the whole model runs."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from grader.calls.stage_modules import StageModules
from grader.check import check
from grader.errors import UsageError
from grader.kata import Kata
from grader.learn.progress import Progress
from grader.stage import Stage
from grader.stages import STAGES
from grader.stubs import unwritten_names


@dataclass(frozen=True)
class Chosen:
    """A file for every stage, and which of them are the learner's own."""

    files: dict[int, Path]
    own: frozenset[int]


def stages_to_run(kata: Kata, console: Console, target: str, strict: bool) -> Chosen | None:
    """Choose the learner's stages where they are passed, and the reference for the others.

    With `strict` all are the learner's own, and in a handout all but the revealed ones; None, with
    what is missing printed, when one that the model needs is still a stub.

    Raises:
        UsageError: when a handout lacks stages of the model.
    """
    coded = [stage for stage in STAGES if stage.has_code]
    if kata.handout is not None:
        _require_whole_model(kata, coded)
    if strict or kata.handout is not None:
        needed = {number for stage in STAGES if stage.own_stages for number in stage.uses}
        own = frozenset(stage.number for stage in coded if strict or not _is_given(kata, stage))
        missing = unwritten_names(
            [kata.exercise(stage) for stage in coded if stage.number in needed & own]
        )
        if missing:
            console.print(f"Not started: still to write are {', '.join(missing)}")
            return None
    else:
        own = _passed(kata, console, coded) if target == "exercises" else frozenset()
    files = {
        stage.number: kata.exercise(stage) if stage.number in own else kata.solution(stage)
        for stage in coded
    }
    return Chosen(files, own)


def _require_whole_model(kata: Kata, coded: list[Stage]) -> None:
    there = (
        {stage.number for stage in kata.stages} | kata.handout.revealed if kata.handout else set()
    )
    if absent := [stage.name for stage in coded if stage.number not in there]:
        raise UsageError(f"the model needs stages that are not handed out: {', '.join(absent)}")


def _is_given(kata: Kata, stage: Stage) -> bool:
    """Tell whether a handout gives the solution of a stage, and the learner has none."""
    revealed = kata.handout is not None and stage.number in kata.handout.revealed
    return revealed and Progress.load(kata).status(stage) != "passed"


def number_of(name: str) -> int:
    """Give the number of the stage that has a function of this name."""
    return next(stage.number for stage in STAGES if name in stage.names)


def functions_of(modules: StageModules) -> Callable[[str], Callable[..., Any]]:
    """Give a look-up of stage functions by name."""
    return lambda name: getattr(modules.module(number_of(name)), name)


def _passed(kata: Kata, console: Console, coded: list[Stage]) -> frozenset[int]:
    """Find the stages that the learner has passed, grading those that have changed since."""
    progress = Progress.load(kata)
    changed = [stage for stage in coded if progress.status(stage) == "not_checked"]
    if changed:
        console.print(f"Grading what has changed: {', '.join(stage.name for stage in changed)}")
        check(kata, changed, kata.exercises, "exercises", None, lambda verdict, remembered: None)
        progress = Progress.load(kata)
    return frozenset(stage.number for stage in coded if progress.status(stage) == "passed")
