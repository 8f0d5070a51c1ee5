"""Load what grading needs ahead of time, so that every fork has it."""

import importlib
import pkgutil

from grader.calls.stage_modules import reference_modules
from grader.diagnosis import landmarks, readings
from grader.diagnosis.known_mistakes import mistakes_of
from grader.kata import Kata
from grader.suite import grade_stage  # noqa: F401 - judging and explaining, for every fork
from grader.suite.graded_tests import collect
from grader.workers.warm_torch import freeze_garbage


def load_ahead(kata: Kata) -> None:
    """Load all suites, and the mistakes and the reference if this edition has them."""
    for stage in kata.stages:
        collect(kata.suite(stage))
        if kata.has_reference:
            mistakes_of(kata, stage)
            if stage.has_code:
                reference_modules(kata.solutions, stage).module(stage.number)
    for room in (landmarks, readings):  # what explains failures
        for module in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
            importlib.import_module(module.name)
    freeze_garbage()
