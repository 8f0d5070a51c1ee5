"""Loading what grading needs before it is needed, so that every fork has it."""

from grader.diagnosis.catalogue import mistakes_of
from grader.home import Kata
from grader.student.space import reference_space
from grader.student.warm import freeze_garbage
from grader.suite.collect import collect


def load_ahead(kata: Kata) -> None:
    """Load all suites, and the mistakes and the reference where they are."""
    for stage in kata.stages:
        collect(kata.suite(stage))
        if kata.handout is None:
            mistakes_of(kata, stage)
            if stage.has_code:
                reference_space(kata.solutions).module(stage.number)
    freeze_garbage()
