"""Find the learner's stage that breaks the gradient, before the training begins.

Inference forgives what training doesn't: a value changed in place, a tensor turned into a number
and back. So each stage of the learner's computes one small batch among the reference's stages, and
its gradients are compared with the reference's.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch

from grader.calls.error_report import describe_error
from grader.calls.looped_vmap import rows_one_by_one
from grader.calls.retell import retold
from grader.calls.stage_modules import StageModules, reference_modules
from grader.kata import Kata
from grader.language import mark, tr
from grader.stages import stage_of
from grader.train.gradient_lines import Lines, shown, watched
from grader.train.trainer import OPTIMIZER, TRAINING, Trainer, Weights

_ROWS = 2
_CLOSE = 1e-2  # of a gradient's length; rounding makes about 1e-5
_IN_PLACE = "modified by an inplace operation"  # in torch's message
_MOST = 3  # lines named
_ADVICE = mark(
    "Get from the arguments to the result with nothing but torch operations that make new tensors, "
    "and run `grader train` again. Until then, `grader train --target solutions` trains with the "
    "reference."
)
Gradients = dict[str, torch.Tensor | None]
Found = tuple[torch.Tensor, Gradients]  # a result, and its gradients


def broken_gradient(kata: Kata, trainer: Trainer, rows: torch.Tensor, weights: Weights) -> str:
    """Return which of the learner's stages breaks the gradient, where and how; '' if none does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's, about what is found here
        return _broken(kata, trainer, _Case(rows[:_ROWS], weights, trainer.params))


def _broken(kata: Kata, trainer: Trainer, case: "_Case") -> str:
    own = [number for number in sorted(trainer.chosen.own) if number != OPTIMIZER]
    if not own:
        return ""
    files = trainer.chosen.files
    if not kata.has_reference:
        return _without_reference(case, files, own)
    reference = dict(reference_modules(kata.solutions).files)
    right = case.gradients(StageModules(reference))
    for number in own:
        modules = StageModules({**reference, number: files[number]})
        if words := what_is_wrong(case, modules, number, right):
            return words
    return ""


class Case(Protocol):
    """A small computation that stages take part in."""

    def gradients(self, modules: StageModules) -> Found:
        """Return its result, and the gradients of what it depends on."""


@dataclass(frozen=True)
class _Case:
    """A small batch."""

    batch: torch.Tensor
    weights: Weights
    params: dict[str, Any]

    def gradients(self, modules: StageModules) -> Found:
        """Return the loss, and the gradient of each weight: None where the loss doesn't depend on
        it."""
        leaves = {name: weight.clone().requires_grad_() for name, weight in self.weights.items()}
        with torch.enable_grad():  # even if a stage has switched gradients off for good
            module = modules.module(TRAINING)
            with rows_one_by_one(module):  # so that code is tried that vmap can't run
                loss = module.batch_loss(self.batch, leaves, self.params)
        return gradients_of(loss, leaves)


def gradients_of(result: torch.Tensor, leaves: Weights) -> Found:
    """Return a number, and its gradients; None where it doesn't depend on a leaf."""
    if not result.requires_grad:
        return result, dict.fromkeys(leaves)
    found = torch.autograd.grad(result, list(leaves.values()), allow_unused=True)
    return result.detach(), dict(zip(leaves, found, strict=True))


def what_is_wrong(case: Case, modules: StageModules, number: int, reference: Found) -> str:
    """Return what is wrong with the gradients when one stage is the learner's; '' if nothing."""
    expected, right = reference
    path = modules.files[number]
    try:
        result, found = case.gradients(modules)
    except Exception as error:
        lines, _ = watched(path, lambda: case.gradients(modules))
        return _raised(number, path, error, lines)
    missing = [name for name, one in found.items() if one is None and right[name] is not None]
    wrong = [name for name in right if name not in missing and not _equal(found[name], right[name])]
    if not missing and not wrong:
        return ""
    if not _equal(result, expected):
        return tr(
            "Your {stage} computes something else than the reference, so training can't begin: "
            "`grader check {number}` says what is wrong.",
            stage=stage_of(number).name,
            number=number,
        )
    lines, _ = watched(path, lambda: case.gradients(modules))
    return _departed(number, path, missing, wrong, lines)


def _equal(one: torch.Tensor | None, other: torch.Tensor | None) -> bool:
    if one is None or other is None:
        return one is other
    return bool((one - other).norm() <= _CLOSE * other.norm() + 1e-6)


def _raised(number: int, path: Path, error: Exception, lines: Lines) -> str:
    """Say that training raises an error, and where that comes from."""
    what, advice = retold(describe_error(error, frozenset([str(path)]))), tr(_ADVICE)
    stage = stage_of(number).name
    raised = f"{what.shown_name}: {what.message}"
    begun = tr("Training stops at your {stage}: {error}", stage=stage, error=raised)
    if off := _switched_off(path, lines):
        return "\n".join([begun, *off, advice])
    if what.where:
        return "\n".join([begun, what.where, advice])
    if _IN_PLACE not in what.message:
        at = [] if lines.needed is None else [shown(path, lines.needed)]
        return "\n".join([begun, *at, advice])
    after = {n: name for n, name in lines.changes.items() if n >= (lines.needed or 0)}
    found = after or lines.changes
    begun = tr(
        "Your {stage} changes a value in place that the gradient still needs, so training stops "
        "there.",
        stage=stage,
    )
    named = [shown(path, n) for n in sorted(found)[:_MOST]]
    if lines.needed is not None:
        needs = tr("The gradient of this line needs the value:")
        named += [f"  {needs}", shown(path, lines.needed)]
    return "\n".join([begun, *named, advice])


def _departed(number: int, path: Path, missing: list[str], wrong: list[str], lines: Lines) -> str:
    """Say that some weights get no gradient or a wrong one, and where it gets lost."""
    said = _switched_off(path, lines)
    for n in [] if said else sorted(lines.ends)[:_MOST]:
        ends = tr("The gradient ends there, at `{operation}`.", operation=lines.ends[n])
        said += [shown(path, n), f"  {ends}"]
    return "\n".join([_what_departs(stage_of(number).name, missing, wrong), *said, tr(_ADVICE)])


def _what_departs(stage: str, missing: list[str], wrong: list[str]) -> str:
    """Say which weights get no gradient, or if there are none, which get a wrong one."""
    first, *others = missing or wrong
    if missing and others:
        return tr(
            "Your {stage} passes no gradient on to {name} and {count} more, so training can't "
            "improve them.",
            stage=stage,
            name=first,
            count=len(others),
        )
    if missing:
        return tr(
            "Your {stage} passes no gradient on to {name}, so training can't improve it.",
            stage=stage,
            name=first,
        )
    if others:
        return tr(
            "Your {stage} passes a wrong gradient on to {name} and {count} more, so training can't "
            "trust them.",
            stage=stage,
            name=first,
            count=len(others),
        )
    return tr(
        "Your {stage} passes a wrong gradient on to {name}, so training can't trust it.",
        stage=stage,
        name=first,
    )


def _switched_off(path: Path, lines: Lines) -> list[str]:
    """Say where gradients are switched off."""
    said = []
    for n, name in sorted(lines.off.items())[:_MOST]:
        off = tr("Gradients are switched off there (`{name}`).", name=name)
        said += [shown(path, n), f"  {off}"]
    return said


def _without_reference(case: _Case, files: Any, own: list[int]) -> str:
    """In a handout, there is nothing to compare with: say where the whole model fails."""
    modules, missing = StageModules(files), []
    raised: Exception | None = None
    try:
        missing = [name for name, one in case.gradients(modules)[1].items() if one is None]
    except Exception as error:
        raised = error
    if raised is None and not missing:
        return ""
    for number in own:
        lines, _ = watched(files[number], lambda: case.gradients(modules))
        if raised is not None and (lines.needed is not None or lines.changes or lines.off):
            return _raised(number, files[number], raised, lines)
        if raised is None and (lines.ends or lines.off):
            return _departed(number, files[number], missing, [], lines)
    return "" if raised is None else _raised(own[-1], files[own[-1]], raised, Lines())
