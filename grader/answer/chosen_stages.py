"""Choose whose file to use for each stage when the whole model runs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from grader.check import passing
from grader.errors import UsageError
from grader.kata import Kata
from grader.language import in_a_row, tr
from grader.stage import Stage
from grader.stages import CORE_STAGES
from grader.stubs import unwritten_names
from grader.targets import require_files

_ANSWER = next(stage for stage in CORE_STAGES if stage.own_stages)


@dataclass(frozen=True)
class ChosenStages:
    """A file for every stage, and which of them are the learner's own."""

    files: dict[int, Path]
    own: frozenset[int]

    @property
    def own_files(self) -> frozenset[str]:
        """The paths of the learner's own files, for `describe_error`."""
        return frozenset(str(self.files[number]) for number in self.own)


MODEL = tuple(stage for stage in CORE_STAGES if stage.has_code)


def stages_to_run(
    kata: Kata,
    console: Console,
    target: str,
    strict: bool,
    stages: Sequence[Stage] = MODEL,
    idle: Collection[int] = (),
) -> ChosenStages | None:
    """Choose the learner's stages where they pass, and the reference elsewhere.

    Stages without a reference in this edition are always the learner's.

    Args:
        strict: choose only the learner's own stages.
        stages: the stages to run, by default the core model.
        idle: the numbers of those that won't be called, so that stubs will do.

    Returns:
        The chosen files, or None if a learner's stage that the answer needs is still a stub; what
        is missing is then printed.

    Raises:
        UsageError: if a stage is not in this edition at all, or its file is missing.
    """
    given = {stage for stage in stages if kata.solution(stage).is_file()}
    here = given.union(kata.stages)
    if absent := [stage.name for stage in stages if stage not in here]:
        names = in_a_row(absent)
        words = tr("the model needs stages that are not in this handout: {names}", names=names)
        raise UsageError(words)
    own = set(stages) if strict else set(stages) - given
    if target == "exercises" and not strict:
        graded = [stage for stage in kata.stages if stage in given and stage in stages]
        own |= passing(kata, graded, console)
    require_files(kata.exercises, [stage for stage in stages if stage in own], "exercises")
    run = [one for one in stages if one in own and (one.number in _ANSWER.uses or one.bonus)]
    needed = [kata.exercise(one) for one in run if one.number not in idle]
    if missing := unwritten_names(needed):
        names = in_a_row(missing)
        console.print(tr("Not all is written yet. Still missing: {names}", names=names))
        return None
    files = {one.number: kata.exercise(one) if one in own else kata.solution(one) for one in stages}
    return ChosenStages(files, frozenset(stage.number for stage in own))
