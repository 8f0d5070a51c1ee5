"""The description of a handout: its stages, which are revealed, and what each builds on."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from grader.errors import UsageError
from grader.language import mark, tr
from grader.stage import Stage
from grader.stages import stage_of

# Stands in the lesson of stage 20, where the whole kata shows what the reference can do.
INSTEAD_OF_SOLUTIONS = mark(
    "Grade all stages again with each of the recorded seeds: `grader check --all --seed 1`, then 2 "
    "to 5. A stage that fails with one of them was wrong before, too."
)
FILE = "handout.json"
VERSION = 3


@dataclass(frozen=True)
class Handout:
    """The contents of `handout.json`, with stages by their numbers."""

    numbers: tuple[int, ...]  # the stages that are handed out
    revealed: frozenset[int]  # stages whose solutions are in the folder; later stages use these
    seeds: tuple[int, ...]  # the random inputs that are recorded
    needs: dict[int, tuple[int, ...]]  # the earlier stages that a stage's code or suite uses
    points: dict[int, int]  # of a stage's tests that are in the folder
    version: int = VERSION

    @property
    def stages(self) -> tuple[Stage, ...]:
        return tuple(map(stage_of, self.numbers))

    def builds_on(self, stage: Stage) -> set[int]:
        """Return all earlier stages that a stage uses, directly or indirectly."""
        direct = self.needs[stage.number]
        return set(direct).union(*(self.builds_on(stage_of(number)) for number in direct))

    def waits_for(self, stage: Stage) -> list[Stage]:
        """Return the stages that must pass before `stage` is graded.

        These are the stages that it uses, or, for a revealed one, those that its solution uses. A
        stage that runs the learner's own stages together (s20) waits for none.
        """
        if stage.own_stages:
            return []
        first: set[Stage] = set()
        for needed in map(stage_of, self.needs[stage.number]):
            first |= set(self.waits_for(needed)) if needed.number in self.revealed else {needed}
        return sorted(first, key=lambda one: one.number)

    def as_json(self) -> str:
        """Return the text of `handout.json`."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1).decode() + "\n"


def read_handout(path: Path) -> Handout:
    """Read a `handout.json`.

    Raises:
        UsageError: if it is missing, damaged, or from another version.
    """
    try:
        handout = msgspec.json.decode(path.read_bytes(), type=Handout)
        if handout.version != VERSION or not handout.stages:
            raise ValueError("not a handout of this version")
    except (OSError, ValueError, KeyError):  # KeyError: a stage that isn't in the table
        words = tr("{file} can't be read: copy it from the handout again", file=path)
        raise UsageError(words) from None
    return handout
