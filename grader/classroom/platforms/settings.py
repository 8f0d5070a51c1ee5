"""What a teacher decides when a bundle is made; it stays in the bundle."""

import json
from dataclasses import asdict, dataclass

from grader.stages import stage_of


@dataclass(frozen=True)
class Settings:
    """How every submission is graded there.

    Attributes:
        stages: the numbers of the graded stages.
        seed: of the random inputs, one for the whole class.
        trusted: whether code is graded that the platform's machine cannot lock up.
    """

    stages: tuple[int, ...]
    seed: int
    trusted: bool

    @property
    def points(self) -> int:
        return sum(stage_of(number).points for number in self.stages)

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Settings":
        plain = json.loads(text)
        return cls(tuple(plain["stages"]), plain["seed"], plain["trusted"])
