"""What a page claims, as data. It is read back from a page that anybody may have written, so every
field has bounds."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from grader.language import tr
from grader.report.verdict_text import points_of
from grader.stage import Stage
from grader.stages import CORE_STAGES, stage_of
from grader.verdict import Status

LONGEST_NAME = 80  # characters
LONGEST_SAID = 80
_MOST_STAGES = 200
_WRITTEN = {stage.number for stage in CORE_STAGES if stage.has_code}

Count = Annotated[int, Meta(ge=0, le=10**12)]
Hash = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
HashOrNone = Annotated[str, Meta(pattern=r"\A([0-9a-f]{64})?\Z")]
Name = Annotated[str, Meta(max_length=LONGEST_NAME)]
Said = Annotated[str, Meta(max_length=LONGEST_SAID)]


class StageClaim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The result of one stage.

    `day` is when the stage first passed, or, if `is_change`, when its file last changed. `file` is
    the hash of the learner's file, empty if the stage has none.
    """

    number: Annotated[int, Meta(ge=1, le=999)]
    status: Status
    points: Count
    most: Count
    day: date | None
    is_change: bool
    file: HashOrNone

    @property
    def stage(self) -> Stage:
        return stage_of(self.number)

    @property
    def has_passed(self) -> bool:
        return self.status == "passed"

    @property
    def is_missing(self) -> bool:
        """Whether it hasn't passed, although it is a core stage or has been begun."""
        return not self.has_passed and not (self.stage.bonus and self.status == "not_started")

    @property
    def result(self) -> tuple[str, int, int]:
        """What grading again has to result in."""
        return self.status, self.points, self.most


class ModelClaim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a model says: the tiny trained one, or one of the learner's own.

    `own` of `stages` stages that ran were the learner's. `right` of `asked` similar questions were
    answered right. `per_second` is how many tokens the learner's stages 22 to 24 wrote per second
    on that machine, if they had passed.
    """

    parameters: Count
    said: Said
    own: Count
    stages: Count
    right: Count
    asked: Count
    per_second: Annotated[float, Meta(ge=0, le=1e9)] | None = None


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that a page says."""

    version: Literal[1]
    name: Name
    written: date
    seed: Annotated[int, Meta(ge=0, lt=10**6)]
    stages: Annotated[tuple[StageClaim, ...], Meta(min_length=1, max_length=_MOST_STAGES)]
    model: ModelClaim | None  # the tiny trained one
    trained: ModelClaim | None  # one of the learner's own
    files: Hash  # of all the learner's files
    kata: Hash  # of everything else that the verdicts depend on
    fingerprint: Hash  # of both
    versions: Annotated[str, Meta(max_length=200)]

    @property
    def core(self) -> list[StageClaim]:
        return [one for one in self.stages if not one.stage.bonus]

    @property
    def bonus(self) -> list[StageClaim]:
        return [one for one in self.stages if one.stage.bonus]

    @property
    def is_complete(self) -> bool:
        """Whether every core stage has passed."""
        return all(one.has_passed for one in self.core)

    @property
    def is_whole(self) -> bool:
        """Whether the page is about all core stages; a handout may have only some."""
        return {one.number for one in self.stages}.issuperset(_WRITTEN)

    @property
    def points_in_words(self) -> str:
        """Return such as "100 of 100 points, 12 of 60 bonus points"."""
        words = [points_of(*_points(self.core))] if self.core else []
        if self.bonus:
            points, most = _points(self.bonus)
            words.append(tr("{points} of {most} bonus points", points=points, most=most))
        return tr(", ").join(words)

    @property
    def commands(self) -> list[str]:
        """Return the commands that grade the same stages with the same inputs."""
        bonus = [str(one.number) for one in self.bonus if one.status != "not_started"]
        more = [f"grader check {' '.join(bonus)} --seed {self.seed}"] if bonus else []
        return [f"grader check --all --seed {self.seed}", *more]


def _points(stages: list[StageClaim]) -> tuple[int, int]:
    """Return how many points some stages have, and how many they could have."""
    return sum(one.points for one in stages), sum(one.most for one in stages)
