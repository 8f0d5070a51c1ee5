"""Choose the stages that write text, and put the faster ones in place of the slower ones."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from grader.answer.chosen_stages import MODEL, ChosenStages, stages_to_run
from grader.answer.text_side import idle_stages
from grader.calls.stage_modules import StageModules
from grader.check import passing
from grader.errors import UsageError
from grader.generate.options import Options
from grader.kata import Kata
from grader.language import tr
from grader.stage import Stage
from grader.stages import stage_of
from grader.stubs import unwritten_names

CACHE, ALL_HEADS, SCALING, INT8 = 22, 25, 26, 28
_NEEDED = (CACHE, 23, 24)


def choose_writing_stages(kata: Kata, console: Console, options: Options) -> ChosenStages | None:
    """Choose a file for every stage that writing text needs or can use.

    Returns:
        the chosen files, or None if a stage that has to be the learner's is still a stub; what is
        missing is then printed.

    Raises:
        UsageError: if a stage is not in this edition at all, or its file is missing.
    """
    numbers = (*_NEEDED, INT8) if options.int8 else _NEEDED
    stages = [*MODEL, *map(stage_of, numbers)]
    for number in (ALL_HEADS, SCALING):
        if _is_usable(kata, console, options, stage_of(number)):
            stages.append(stage_of(number))
    idle = idle_stages(options.checkpoint) if options.strict else ()
    return stages_to_run(kata, console, options.target, options.strict, stages, idle)


def _is_usable(kata: Kata, console: Console, options: Options, stage: Stage) -> bool:
    """Return whether there is code for a stage that the model can also do without."""
    if options.strict:
        file = kata.exercise(stage)
        return stage in kata.stages and file.is_file() and not unwritten_names([file])
    if kata.solution(stage).is_file():
        return True
    return stage in kata.stages and stage in passing(kata, [stage], console)


def put_all_heads_in_place(
    modules: StageModules, chosen: ChosenStages
) -> Callable[..., Any] | None:
    """Let stage 25 stand in for `cached_attention` in stage 22's module.

    The reference's stage 25 doesn't take the place of the learner's own stage 22.

    Returns:
        the loop over heads that it replaces, or None if that stays.
    """
    is_theirs = ALL_HEADS in chosen.own or CACHE not in chosen.own
    if ALL_HEADS not in chosen.files or not is_theirs:
        return None
    module = modules.module(CACHE)
    loop: Callable[..., Any] = module.cached_attention
    module.__dict__["cached_attention"] = modules.find("all_heads_attention")
    return loop


def watch_logits(modules: StageModules, folder: Path) -> None:
    """Stop the model when its logits are not finite or all equal, which no sampling survives.

    Do this before stage 24 is loaded, which imports the function.
    """
    module = modules.module(CACHE)
    forward = module.cached_forward

    @wraps(forward)
    def cached_forward(*args: Any, **named: Any) -> Any:
        result = forward(*args, **named)
        logits = result[0] if isinstance(result, tuple) else result
        if isinstance(logits, torch.Tensor):
            low, high = logits.aminmax()
            if not (-torch.inf < low < high < torch.inf):  # nan is not less than anything
                words = tr(
                    "the logits are not finite, or all the same, so no token can be chosen: "
                    "`grader answer --checkpoint {folder}` says where that begins",
                    folder=folder,
                )
                raise UsageError(words)
        return result

    module.__dict__["cached_forward"] = cached_forward
