"""The known mistakes of each stage, from the files in `mistakes/`."""

from functools import cache

from grader.calls.stage_modules import reference_modules
from grader.diagnosis.mistake import Mistake
from grader.kata import Kata
from grader.stage import Stage


@cache
def mistakes_of(kata: Kata, stage: Stage) -> tuple[Mistake, ...]:
    """Return the known mistakes of a stage in the order of its file; none for s20."""
    if not stage.has_code:
        return ()
    space = reference_modules(kata.solutions)
    module = space.run_file(kata.mistakes(stage), f"mistakes.{stage.name}")
    return tuple(member for member in vars(module).values() if isinstance(member, Mistake))
