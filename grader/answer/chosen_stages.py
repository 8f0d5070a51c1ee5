"""Whose code plays each stage when the whole model runs."""

from collections.abc import Callable, Sequence
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
from grader.stages import CORE_STAGES, STAGES
from grader.stubs import unwritten_names

_ANSWER = next(stage for stage in CORE_STAGES if stage.own_stages)


@dataclass(frozen=True)
class ChosenStages:
    """A file for every stage, and which of them are the learner's own."""

    files: dict[int, Path]
    own: frozenset[int]


MODEL = tuple(stage for stage in CORE_STAGES if stage.has_code)


def stages_to_run(
    kata: Kata, console: Console, target: str, strict: bool, stages: Sequence[Stage] = MODEL
) -> ChosenStages | None:
    """Choose the learner's stages where they pass, and the reference for the others.

    With `strict` all are the learner's own, and so is each that has no reference here. None, with
    what is missing printed, when one of these is needed for the answer and still a stub.
    """
    given = {stage for stage in stages if kata.solution(stage).is_file()}
    here = given.union(kata.stages)
    if absent := [stage.name for stage in stages if stage not in here]:
        raise UsageError(f"the model needs stages that are not handed out: {', '.join(absent)}")
    own = set(stages) if strict else set(stages) - given
    if target == "exercises" and not strict:
        graded = [stage for stage in kata.stages if stage in given and stage in stages]
        own |= _passed(kata, console, graded)
    needed = [kata.exercise(one) for one in stages if one in own and one.number in _ANSWER.uses]
    if missing := unwritten_names(needed):
        console.print(f"Not started: still to write are {', '.join(missing)}")
        return None
    files = {one.number: kata.exercise(one) if one in own else kata.solution(one) for one in stages}
    return ChosenStages(files, frozenset(stage.number for stage in own))


def number_of(name: str) -> int:
    """Give the number of the stage that has a function of this name."""
    return next(stage.number for stage in STAGES if name in stage.names)


def functions_of(modules: StageModules) -> Callable[[str], Callable[..., Any]]:
    """Give a look-up of stage functions by name."""
    return lambda name: getattr(modules.module(number_of(name)), name)


def _passed(kata: Kata, console: Console, stages: list[Stage]) -> set[Stage]:
    """Return the stages that the learner has passed, grading those that have changed since."""
    progress = Progress(kata)
    changed = [stage for stage in stages if progress.status(stage) == "not_checked"]
    if changed:
        console.print(f"Grading what has changed: {', '.join(stage.name for stage in changed)}")
        check(kata, changed, kata.exercises, "exercises", None, lambda verdict, remembered: None)
        progress = Progress(kata)
    return {stage for stage in stages if progress.status(stage) == "passed"}
