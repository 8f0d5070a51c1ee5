"""The stage that a learner means: the one they named, or the next one to do."""

from grader.errors import UsageError
from grader.kata import Kata
from grader.language import tr
from grader.learn.progress import Progress, passed_before
from grader.stage import Stage
from grader.stage_names import find_stage, shown_range


def wanted_stage(kata: Kata, name: str | None) -> Stage:
    """Return the stage that the user named, or the next one to do if they named none."""
    if name is not None:
        return stage_here(kata, name)
    passed = passed_before(kata, kata.stages)
    return Progress(kata).next_stage(passed) or kata.stages[-1]


def stage_here(kata: Kata, name: str) -> Stage:
    """Return the stage that the user named.

    Raises:
        UsageError: if there is no such stage, or it isn't in this edition of the kata.
    """
    stage = find_stage(name)
    if stage not in kata.stages:
        raise UsageError(
            tr(
                "{name} is not in this handout, which has stages {stages}",
                name=stage.name,
                stages=shown_range(kata.stages),
            )
        )
    return stage
