"""Find out whether the learner's `merge_lora` passes gradients on, before the training begins."""

import warnings
from pathlib import Path

import torch

from grader.calls.stage_modules import StageModules, reference_modules
from grader.kata import Kata
from grader.language import tr
from grader.train.check_gradients import Found, gradients_of, what_is_wrong
from grader.train.trainer import Trainer, Weights

LORA = 32
_ROWS, _COLUMNS, _RANK, _ALPHA = 5, 4, 2, 3.0


def broken_lora(kata: Kata, trainer: Trainer) -> str:
    """Return what is wrong with the gradients of the learner's stage 32; '' if nothing is."""
    if LORA not in trainer.chosen.own:
        return ""
    reference: dict[int, Path] = dict(reference_modules(kata.solutions).files)
    modules = StageModules({**reference, LORA: trainer.chosen.files[LORA]})
    case = _Merged()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's, about what is found here
        return what_is_wrong(case, modules, LORA, case.gradients(StageModules(reference)))


class _Merged:
    """One small merged matrix."""

    def gradients(self, modules: StageModules) -> Found:
        """Return a number that depends on each entry differently, and the gradients of a and b."""
        generator = torch.Generator().manual_seed(0)
        shapes = ((_ROWS, _COLUMNS), (_ROWS, _COLUMNS), (_RANK, _COLUMNS), (_ROWS, _RANK))
        factors, weight, a, b = (torch.rand(shape, generator=generator) for shape in shapes)
        leaves: Weights = {
            tr("merge_lora's a"): a.requires_grad_(),
            tr("merge_lora's b"): b.requires_grad_(),
        }
        with torch.enable_grad():  # even if the stage has switched gradients off for good
            merged = modules.find("merge_lora")(weight, a, b, _ALPHA)
            return gradients_of((merged * factors).sum(), leaves)
