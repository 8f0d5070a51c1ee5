"""Choose the file for each stage when the whole model runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from grader.check import passing
from grader.errors import UsageError
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import CORE_STAGES
from grader.stubs import unwritten_names
from grader.targets import require_files

_ANSWER = next(stage for stage in CORE_STAGES if stage.own_stages)


@dataclass(frozen=True)
class ChosenStages:
    """A file for every stage, and the set of those that are the learner's own."""

    files: dict[int, Path]
    own: frozenset[int]

    @property
    def own_files(self) -> frozenset[str]:
        """The paths of the learner's own files, in the form that `describe_error` expects."""
        return frozenset(str(self.files[number]) for number in self.own)


MODEL = tuple(stage for stage in CORE_STAGES if stage.has_code)


def stages_to_run(
    kata: Kata, console: Console, target: str, strict: bool, stages: Sequence[Stage] = MODEL
) -> ChosenStages | None:
    """Choose the learner's stages where they pass, and the reference for the others.

    With `strict`, all are the learner's own; so is every stage that has no reference here. If one
    of the learner's is needed for the answer and still a stub, print its name and return None.

    Args:
        stages: the stages to run, by default the core model.

    Raises:
        UsageError: if a stage is neither handed out nor revealed, or its file is missing.
    """
    given = {stage for stage in stages if kata.solution(stage).is_file()}
    here = given.union(kata.stages)
    if absent := [stage.name for stage in stages if stage not in here]:
        raise UsageError(f"the model needs stages that are not handed out: {', '.join(absent)}")
    own = set(stages) if strict else set(stages) - given
    if target == "exercises" and not strict:
        graded = [stage for stage in kata.stages if stage in given and stage in stages]
        own |= passing(kata, graded, console)
    require_files(kata.exercises, [stage for stage in stages if stage in own], "exercises")
    needed = [kata.exercise(one) for one in stages if one in own and one.number in _ANSWER.uses]
    if missing := unwritten_names(needed):
        console.print(f"Not started: still to write are {', '.join(missing)}")
        return None
    files = {one.number: kata.exercise(one) if one in own else kata.solution(one) for one in stages}
    return ChosenStages(files, frozenset(stage.number for stage in own))
