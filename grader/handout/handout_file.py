"""What a handout is: which stages, which of them are revealed, what each builds on."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import UsageError
from grader.stage import Stage
from grader.stages import stage_of

FILE = "handout.json"
VERSION = 1


@dataclass(frozen=True)
class Handout:
    """What `handout.json` says.

    Attributes:
        stages: what students work on.
        revealed: stages whose solutions are in the folder; later ones build on these.
        seeds: the random inputs that are recorded.
        needs: for each stage in the folder, the earlier ones that its code or its suite uses.
        points: for each stage, those of the tests that are in the folder.
    """

    stages: tuple[Stage, ...]
    revealed: frozenset[int]
    seeds: tuple[int, ...]
    needs: dict[int, tuple[int, ...]]
    points: dict[int, int]

    def builds_on(self, stage: Stage) -> set[int]:
        """Give all earlier stages that a stage uses, and those that these use."""
        direct = self.needs[stage.number]
        return set(direct).union(*(self.builds_on(stage_of(number)) for number in direct))

    def waits_for(self, stage: Stage) -> list[Stage]:
        """Give the stages that must pass first: those it uses, and where one of them is revealed,
        those that the solution uses. Nothing keeps the learner's own stages from being run together
        (s20)."""
        if stage.own_stages:
            return []
        first: set[Stage] = set()
        for needed in map(stage_of, self.needs[stage.number]):
            first |= set(self.waits_for(needed)) if needed.number in self.revealed else {needed}
        return sorted(first, key=lambda one: one.number)

    def as_json(self) -> str:
        """Write it as the text of `handout.json`."""
        content = {
            "version": VERSION,
            "stages": [stage.number for stage in self.stages],
            "revealed": sorted(self.revealed),
            "seeds": list(self.seeds),
            "needs": {str(number): list(needs) for number, needs in self.needs.items()},
            "points": {str(number): points for number, points in self.points.items()},
        }
        return json.dumps(content, indent=1) + "\n"


def read_handout(root: Path) -> Handout | None:
    """Read what kind of handout a kata is; None when it is a whole one.

    Raises:
        UsageError: when its file cannot be read.
    """
    path = root / FILE
    if not path.exists():
        return None
    try:
        return _from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        raise UsageError(f"{path} cannot be read: take it from the handout again") from None


def _from_json(content: dict[str, Any]) -> Handout:
    if content["version"] != VERSION:
        raise ValueError("another version")
    return Handout(
        tuple(stage_of(number) for number in content["stages"]),
        frozenset(content["revealed"]),
        tuple(content["seeds"]),
        {int(number): tuple(needs) for number, needs in content["needs"].items()},
        {int(number): points for number, points in content["points"].items()},
    )
