"""The kata as a teacher hands it out; no other part needs to know about handouts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from grader.handout.handout_file import Handout
from grader.kata import Kata, stand_ins
from grader.learn.progress import Progress, keep_verdict
from grader.stage import Stage
from grader.stages import stage_of
from grader.verdict import StageVerdict
from grader.verdict_key import learner_key

if TYPE_CHECKING:
    from grader.suite.oracle import Oracle


@dataclass(frozen=True)
class HandoutKata(Kata):
    """A kata without solutions and mistakes, whose oracle is played back from recordings.

    There is no reference for earlier stages, so those that a stage builds on are the learner's own
    (except for revealed ones), and must pass before it is graded.
    """

    handout: Handout = field(compare=False)

    @property
    def stages(self) -> tuple[Stage, ...]:
        return self.handout.stages

    @property
    def seeds(self) -> tuple[int, ...]:
        return self.handout.seeds

    @property
    def has_reference(self) -> bool:
        return False

    def points(self, stage: Stage) -> int:
        return self.handout.points[stage.number]

    def waits_for(self, stage: Stage) -> list[Stage]:
        instead = stand_ins(stage)
        return [one for one in self.handout.waits_for(stage) if one.number not in instead]

    def stage_files(self, stage: Stage, target: Path) -> dict[int, Path]:
        own = {stage.number, *self.own_earlier(stage)} if stage.has_code else set(stage.uses)
        needed = map(stage_of, sorted(own | self.handout.builds_on(stage)))
        files = {
            one.number: (target if one.number in own else self.solutions) / f"{one.name}.py"
            for one in needed
            if one.has_code
        }
        return files | stand_ins(stage)

    def own_earlier(self, stage: Stage) -> tuple[int, ...]:
        if stage.own_stages:
            return ()
        not_own = self.handout.revealed.union(stand_ins(stage))
        return tuple(sorted(self.handout.builds_on(stage) - not_own))

    def answer_files(self, stage: Stage) -> list[Path]:
        return [self.recording(stage), *stand_ins(stage).values()]

    def unfinished(
        self, stage: Stage, target: Path, grade: Callable[[Stage], StageVerdict]
    ) -> list[Stage]:
        own = target == self.exercises
        return [
            earlier
            for earlier in self.waits_for(stage)
            if not (self._passes(earlier, grade) if own else grade(earlier).status == "passed")
        ]

    def _passes(self, stage: Stage, grade: Callable[[Stage], StageVerdict]) -> bool:
        """Return whether the learner's own stage passes; if it has changed, grade it now."""
        progress = Progress(self)
        verdict = progress.current(stage)
        if verdict is None and progress.is_edited(stage):
            key = learner_key(self, stage)
            verdict = grade(stage)
            keep_verdict(self, verdict, key)
        return verdict is not None and verdict.status == "passed"

    def oracle(self, stage: Stage, seed: int) -> "Oracle":
        from grader.handout.recorded_oracle import RecordedOracle  # loads torch

        return RecordedOracle(self, stage, seed)
