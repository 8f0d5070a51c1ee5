"""Let stage 25 compute the attention of all heads at once, in place of stage 15's loop over heads.

For a prompt that follows nothing, both compute the same. The loop multiplies by many small matrices
instead of few large ones, and computes the keys and values of a group again for each of its heads.
"""

from pathlib import Path
from typing import Any

from rich.console import Console

from grader.answer.chosen_stages import ChosenStages
from grader.calls.stage_modules import StageModules
from grader.check import passing
from grader.kata import Kata
from grader.language import tr
from grader.stages import stage_with

_AT_ONCE, _LOOP, _BLOCK = map(stage_with, ("all_heads_attention", "attention", "transformer_block"))


def put_all_heads_in_place(
    kata: Kata,
    console: Console,
    target: str,
    strict: bool,
    modules: StageModules,
    chosen: ChosenStages,
) -> str:
    """Replace `attention` in stage 17's module if stage 25 can be used.

    The reference's stage 25 doesn't take the place of the learner's own stage 15.

    Args:
        modules: stage 17 must not have been wrapped there yet.
        chosen: the files of `modules`.

    Returns:
        A line to print before the model runs; '' if the learner's stage 25 doesn't run.
    """
    file = _file_to_use(kata, console, target, strict, chosen)
    if file is None:
        return ""
    block, loop = modules.module(_BLOCK.number), modules.find("attention")
    if vars(block).get("attention") is not loop:  # it is called in some other way
        return ""
    modules.files = {**modules.files, _AT_ONCE.number: file}
    at_once = modules.find("all_heads_attention")

    def attention(*args: Any, **named: Any) -> Any:
        return at_once(*args, **named, past=None)[0]

    vars(block)["attention"] = attention
    is_own = file == kata.exercise(_AT_ONCE)
    return tr("Your stage 25 computes the attention of all heads at once.") if is_own else ""


def _file_to_use(
    kata: Kata, console: Console, target: str, strict: bool, chosen: ChosenStages
) -> Path | None:
    """Return the learner's stage 25 if it passes, or else the reference's if it may be used."""
    if target == "exercises" and _AT_ONCE in kata.stages and passing(kata, [_AT_ONCE], console):
        return kata.exercise(_AT_ONCE)
    reference = kata.solution(_AT_ONCE)
    may_be_used = not strict and _LOOP.number not in chosen.own and reference.is_file()
    return reference if may_be_used else None
