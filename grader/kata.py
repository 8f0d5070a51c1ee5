"""The kata's folder: where its files are, and what this edition contains.

There are two editions: the whole kata, and a handout, which has recordings instead of solutions
and mistakes (`grader.editions` finds out which one a folder is). This class answers for everything
that differs between them, so that no other code has to know which of the two it works on. It also
knows whose files are where: in a checkout, the learner works inside the kata; in a folder made by
`grader init`, the kata's own files stay in the installed package.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from grader.stage import Stage
from grader.stages import STAGES
from grader.verdict import StageVerdict

_STAND_INS = Path(__file__).resolve().parent / "stand_ins"
_DIAGNOSIS = Path(__file__).resolve().parent / "diagnosis"


@cache
def stand_ins(stage: Stage) -> dict[int, Path]:
    """Return the files that replace earlier stages while `stage` is graded, by stage number."""
    folder = _STAND_INS / stage.name
    files = {one.number: folder / f"{one.name}.py" for one in STAGES}
    return {number: path for number, path in files.items() if path.is_file()}


@dataclass(frozen=True)
class Kata(ABC):
    """One kata on disk; every path that the grader uses comes from here.

    `root` has the kata's files, and `own` is the learner's folder if it is a different one.
    """

    root: Path
    own: Path | None = field(default=None, kw_only=True)

    @property
    def folder(self) -> Path:
        """The folder that the learner works in."""
        return self.own or self.root

    @property
    def exercises(self) -> Path:
        return self.folder / "exercises"

    @property
    def solutions(self) -> Path:
        return self.root / "solutions"

    @property
    def tiny_weights(self) -> Path:
        return self.root / "tiny_weights"

    @property
    def state_dir(self) -> Path:
        """Where the grader stores progress, and copies of the learner's code."""
        return self.folder / ".grader"

    def exercise(self, stage: Stage) -> Path:
        return self.exercises / f"{stage.name}.py"

    def solution(self, stage: Stage) -> Path:
        return self.solutions / f"{stage.name}.py"

    def suite(self, stage: Stage) -> Path:
        return self.root / "tests" / f"test_{stage.name}.py"

    def mistakes(self, stage: Stage) -> Path:
        return self.root / "mistakes" / f"{stage.name}.py"

    def recording(self, stage: Stage) -> Path:
        """In a handout, the file that the stage's oracle plays back."""
        return self.root / "recordings" / f"{stage.name}.bin"

    def stub(self, stage: Stage) -> Path:
        """In a handout, the stub as it was handed out."""
        return self.root / "stubs" / f"{stage.name}.py"

    def lesson(self, stage: Stage) -> Path:
        return self.root / "lessons" / f"{stage.name}.md"

    def page(self, name: str) -> Path:
        """A page that is about no single stage."""
        return self.root / "docs" / f"{name}.md"

    @property
    def closing_lesson(self) -> Path:
        """The lesson to read once the model says 42."""
        return self.root / "lessons" / "after_42.md"

    def picture(self, stage: Stage) -> Path:
        return self.root / "lessons" / "pictures" / f"{stage.name}.svg"

    def model_picture(self, stage: Stage | None = None) -> Path:
        """The drawing of the whole model, with a stage marked or as it is."""
        name = f"model_s{stage.number:02d}" if stage else "model"
        return self.root / "lessons" / "pictures" / f"{name}.svg"

    def shown(self, path: Path) -> str:
        """Return a path as a user would type it: relative to the kata if possible."""
        for folder in (self.folder, self.root):
            if path.is_relative_to(folder):
                return path.relative_to(folder).as_posix()
        return str(path)

    # A handout overrides what follows.

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages in this edition."""
        return STAGES

    @property
    def seeds(self) -> tuple[int, ...]:
        """The only seeds that the oracle has answers for; empty if it has them for all."""
        return ()

    @property
    def has_reference(self) -> bool:
        """Whether this edition has solutions and mistakes."""
        return True

    def points(self, stage: Stage) -> int:
        """Return the points of those of a stage's tests that are in this edition."""
        return stage.points

    def waits_for(self, stage: Stage) -> list[Stage]:
        """Return the earlier stages that must pass before a stage can be graded."""
        return []

    def stage_files(self, stage: Stage, target: Path) -> dict[int, Path]:
        """Return the file used for each stage, by number, while `stage` of `target` is graded.

        For earlier stages that is the solution or a stand-in, unless `stage` is graded with the
        learner's own stages.
        """
        files = {}
        for earlier in STAGES:
            if earlier.number <= stage.number and earlier.has_code:
                own = stage.own_stages or earlier == stage
                files[earlier.number] = (target if own else self.solutions) / f"{earlier.name}.py"
        return files | stand_ins(stage)

    def own_earlier(self, stage: Stage) -> tuple[int, ...]:
        """Return the earlier stages that also come from the target, though they aren't graded."""
        return ()

    def answer_files(self, stage: Stage) -> list[Path]:
        """Return the files that say what is right and wrong in a stage, except for its suite."""
        solutions = [self.solution(one) for one in STAGES if one.number <= stage.number]
        explained = [
            _DIAGNOSIS / folder / f"{stage.name}.py" for folder in ("landmarks", "readings")
        ]
        known = [path for path in (self.mistakes(stage), *explained) if path.is_file()]
        return [*known, *solutions, *stand_ins(stage).values()]

    def unfinished(
        self, stage: Stage, target: Path, grade: Callable[[Stage], StageVerdict]
    ) -> list[Stage]:
        """Return the stages that `stage` waits for and `target` doesn't pass.

        Args:
            grade: called for stages that have changed since they were graded.
        """
        return []

    @abstractmethod
    def oracle(self, stage: Stage, seed: int) -> Any:
        """Return the `Oracle` that judges a stage's tests.

        Its type is not imported here, because `grader.suite` builds on this module.
        """
