"""Which file plays each stage while one of them is graded."""

from pathlib import Path

from grader.calls.stage_modules import grading_files
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import stage_of


def files_to_grade(kata: Kata, stage: Stage, target: Path) -> dict[int, Path]:
    """Say which file plays each stage while `stage` of the code in `target` is graded.

    A handout has no reference for the earlier ones: there those that the stage builds on are from
    `target` too, but for the revealed.
    """
    if kata.handout is None:
        return grading_files(stage, target, kata.solutions)
    own = {stage.number, *own_earlier(kata, stage)} if stage.has_code else set(stage.uses)
    numbers = sorted(own | kata.handout.builds_on(stage))
    coded = [stage_of(number) for number in numbers if stage_of(number).has_code]
    return {
        one.number: (target if one.number in own else kata.solutions) / f"{one.name}.py"
        for one in coded
    }


def own_earlier(kata: Kata, stage: Stage) -> tuple[int, ...]:
    """Give the earlier stages that the learner's own code plays, though they are not graded."""
    if kata.handout is None or stage.own_stages:
        return ()
    return tuple(sorted(kata.handout.builds_on(stage) - kata.handout.revealed))
