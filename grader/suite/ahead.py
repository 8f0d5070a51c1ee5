"""Loading what grading needs before it is needed, so that every fork has it."""

from grader.diagnosis.catalogue import mistakes_of
from grader.home import Kata
from grader.stages import STAGES
from grader.student.space import reference_space
from grader.student.warm import freeze_garbage
from grader.suite.collect import collect


def load_ahead(kata: Kata) -> None:
    """Load all suites, mistakes and reference stages."""
    reference = reference_space(kata.solutions)
    for stage in STAGES:
        collect(kata.suite(stage))
        mistakes_of(kata, stage)
        if stage.has_code:
            reference.module(stage.number)
    freeze_garbage()
