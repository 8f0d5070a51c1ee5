"""The stage that a learner means: the one they named, or the next one to do."""

from grader.errors import UsageError
from grader.kata import Kata
from grader.language import tr
from grader.learn.progress import Progress, passed_before
from grader.stage import Stage
from grader.stage_names import find_stage, parse_stages, shown_range


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
    return _here(kata, find_stage(name))


def stages_here(kata: Kata, text: str) -> tuple[Stage, ...]:
    """Return the stages that the user means by a name, or by a range such as `9-11`.

    Raises:
        UsageError: if a part of the text is not a stage, or not in this edition of the kata.
    """
    return tuple(_here(kata, stage) for stage in parse_stages(text))


def _here(kata: Kata, stage: Stage) -> Stage:
    if stage not in kata.stages:
        raise UsageError(
            tr(
                "{name} is not in this handout, which has stages {stages}",
                name=stage.name,
                stages=shown_range(kata.stages),
            )
        )
    return stage
