"""The command that grades one submission again, with the verdict that it got."""

from collections.abc import Collection

from grader.classroom.safe_copies import TeacherCopy
from grader.stage import Stage
from grader.stages import STAGES, stage_of


def repeat_command(one: TeacherCopy, files: Collection[str], target: str) -> str:
    """Return the command, to be run in the folder of results; '' if there is nothing to grade.

    It names the stages whose files were handed in, because the others have no points.

    Args:
        one: the submission.
        files: the names of its stage files.
        target: the path of the folder with these files.
    """
    graded = [stage_of(verdict.number) for verdict in one.verdicts]
    there = [stage for stage in graded if _has_files(stage, files)]
    if not there:
        return ""
    core = [stage for stage in STAGES if not stage.bonus]
    stages = "--all" if there == core else " ".join(str(stage.number) for stage in there)
    return f"grader check {stages} --target {target} --seed {one.seed}"


def _has_files(stage: Stage, files: Collection[str]) -> bool:
    if stage.has_code:
        return f"{stage.name}.py" in files
    needed = (stage_of(number) for number in stage.uses)
    return all(f"{one.name}.py" in files for one in needed if one.has_code)
