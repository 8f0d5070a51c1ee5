"""Scale the rotations of Llama 3.1 and later, with stage 26, in the code that runs.

Stage 10 knows nothing of scaling. So its `rope_frequencies` is replaced by one that passes its
result on to stage 26's `scaled_frequencies`. A `precompute_freqs_cis` that computes the frequencies
itself doesn't notice; then the reference's stage 10 takes its place.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from rich.console import Console

from grader.answer.chosen_stages import ChosenStages
from grader.calls.stage_modules import StageModules
from grader.check import passing
from grader.kata import Kata
from grader.language import mark, tr
from grader.stages import stage_of, stage_with
from grader.stubs import unwritten_names

SCALING = stage_with("scaled_frequencies")
_ROTATIONS = 10  # the stage
_ARGUMENTS = ("factor", "low_freq_factor", "high_freq_factor", "original_context")
_NOT_SCALED = mark(
    "This model scales its rotations, but {why}. So the result differs from the model's own: a "
    "little for a short prompt, and more for a long one."
)


class ScaledRotations:
    """A model's code whose rotations are scaled if its checkpoint asks for that."""

    def __init__(
        self,
        modules: StageModules,
        chosen: ChosenStages,
        params: dict[str, Any],
        scaling: Path | None,
        reference: Path | None,
    ) -> None:
        """Change stage 10 in `modules`; do this before later stages are loaded from there.

        Args:
            chosen: the files of `modules`.
            params: the checkpoint's, with `rope_scaling`.
            scaling: the file of stage 26.
            reference: the reference's file of stage 10, if this edition has it.
        """
        self.chosen = chosen  # with the reference's stage 10, if the learner's can't be used
        self.words = ""  # a line to print before the model runs
        self._called = False  # whether the model has asked for scaled frequencies
        self._is_on = False
        if (wanted := params.get("rope_scaling")) is None:
            return
        if scaling is None:
            why = tr("stage 26, which does it, isn't written here")
            self.words = tr(_NOT_SCALED, why=why)
            return
        self._is_on = True
        numbers = [wanted[name] for name in _ARGUMENTS]
        scaled = StageModules({SCALING.number: scaling}).find("scaled_frequencies")
        self.words = tr("This model scales its rotations, which your stage 26 does.")
        if scaling.parent.name == "solutions":
            self.words = tr("This model scales its rotations, which the reference's stage 26 does.")
        head_dim, theta = params["dim"] // params["n_heads"], params["rope_theta"]
        self._wrap(modules.module(_ROTATIONS), scaled, numbers)
        if self._follows(modules.module(_ROTATIONS), head_dim, theta):
            return
        if reference is None:
            why = tr("precompute_freqs_cis in s10_freqs_cis.py doesn't call rope_frequencies")
            self.words, self._is_on = tr(_NOT_SCALED, why=why), False
            return
        self.words = tr(
            "{scaled} Your precompute_freqs_cis in s10_freqs_cis.py doesn't call rope_frequencies, "
            "so the reference's stage 10 takes its place.",
            scaled=self.words,
        )
        modules.files = {**modules.files, _ROTATIONS: reference}
        for number in [one for one in modules.loaded if one >= _ROTATIONS]:
            del modules.loaded[number]  # they may have imported the old one
        self._wrap(modules.module(_ROTATIONS), scaled, numbers)
        own = chosen.own - {_ROTATIONS}
        self.chosen = replace(chosen, files=dict(modules.files), own=own)

    def words_after(self) -> str:
        """Return a line to print after the model has run: '' if all went well."""
        if self._called or not self._is_on:
            return ""
        return tr(_NOT_SCALED, why=tr("your code never asked stage 10 for its frequencies"))

    def _wrap(
        self, rotations: ModuleType, scaled: Callable[..., Any], numbers: list[float]
    ) -> None:
        unscaled = rotations.rope_frequencies

        @wraps(unscaled)
        def rope_frequencies(*args: Any, **named: Any) -> Any:
            self._called = True
            return scaled(unscaled(*args, **named), *numbers)

        rotations.rope_frequencies = rope_frequencies  # type: ignore[attr-defined]

    def _follows(self, rotations: ModuleType, head_dim: int, theta: float) -> bool:
        """Return whether position 1 is rotated by the frequencies that stage 10 now gives."""
        try:
            turned = torch.angle(rotations.precompute_freqs_cis(head_dim, 2, theta)[1])
            expected = rotations.rope_frequencies(head_dim, theta)
            return torch.allclose(turned, expected, rtol=1e-3, atol=0.0)
        except Exception:  # a learner's code may raise anything; the model will show it
            return False
        finally:
            self._called = False


def scale_rotations(
    kata: Kata,
    console: Console,
    target: str,
    strict: bool,
    modules: StageModules,
    chosen: ChosenStages,
    params: dict[str, Any],
) -> ScaledRotations:
    """Make a model's code scale its rotations if its checkpoint asks for that.

    Stage 26 is the learner's once it passes, and else the reference's.

    Args:
        target: whose code runs, `exercises` or `solutions`.
        strict: use the learner's stage 26 as soon as it is written.
    """
    reference = kata.solution(stage_of(_ROTATIONS))
    scaling = None
    if params.get("rope_scaling") is not None:
        scaling = chosen.files.get(SCALING.number) or _file(kata, console, target, strict)
    here = reference if reference.is_file() else None
    return ScaledRotations(modules, chosen, params, scaling, here)


def _file(kata: Kata, console: Console, target: str, strict: bool) -> Path | None:
    """Return the file of stage 26 that should run, or None if it is nowhere written."""
    own, given = kata.exercise(SCALING), kata.solution(SCALING)
    is_written = own.is_file() and SCALING in kata.stages and not unwritten_names([own])
    if target == "exercises" and is_written:  # noqa: SIM102 - grading is the last resort
        if strict or not given.is_file() or passing(kata, [SCALING], console):
            return own
    return given if given.is_file() else None
