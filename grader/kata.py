"""Where the kata is: its root and the folders below it."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from grader.errors import UsageError
from grader.handout import handout_file as about
from grader.stage import Stage
from grader.stages import STAGES

_MARKS = (  # all of one line
    ("exercises", "lessons", "tests/test_s01_vocabulary.py"),
    ("exercises", about.FILE),
)


@dataclass(frozen=True)
class Kata:
    """One checkout of the kata; every path that the grader uses starts here."""

    root: Path

    @cached_property
    def handout(self) -> about.Handout | None:
        """What students are given of it, when that is what this is; None for a whole kata."""
        return about.read_handout(self.root)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages that are here."""
        return self.handout.stages if self.handout else STAGES

    @property
    def seeds(self) -> tuple[int, ...]:
        """The only seeds that there are answers for; empty when there are for all."""
        return self.handout.seeds if self.handout else ()

    def points(self, stage: Stage) -> int:
        """The points of a stage's tests that are here."""
        return self.handout.points[stage.number] if self.handout else stage.points

    def can_begin(self, stage: Stage, passed: Collection[int]) -> bool:
        """Tell whether a stage waits for none that is not among those that have passed."""
        first = self.handout.waits_for(stage) if self.handout else []
        return all(one.number in passed for one in first)

    @property
    def exercises(self) -> Path:
        return self.root / "exercises"

    @property
    def solutions(self) -> Path:
        return self.root / "solutions"

    @property
    def tiny_weights(self) -> Path:
        return self.root / "tiny_weights"

    @property
    def state_dir(self) -> Path:
        """What the grader remembers between runs, with copies of the learner's texts in it."""
        return self.root / ".grader"

    def exercise(self, stage: Stage) -> Path:
        return self.exercises / f"{stage.name}.py"

    def solution(self, stage: Stage) -> Path:
        return self.solutions / f"{stage.name}.py"

    def suite(self, stage: Stage) -> Path:
        return self.root / "tests" / f"test_{stage.name}.py"

    def mistakes(self, stage: Stage) -> Path:
        return self.root / "mistakes" / f"{stage.name}.py"

    def recording(self, stage: Stage) -> Path:
        """In a handout, what the answers to the stage's suite are played from."""
        return self.root / "recordings" / f"{stage.name}.bin"

    def stub(self, stage: Stage) -> Path:
        """In a handout, the stub as it was handed out."""
        return self.root / "stubs" / f"{stage.name}.py"

    def lesson(self, stage: Stage) -> Path:
        return self.root / "lessons" / f"{stage.name}.md"

    def picture(self, stage: Stage) -> Path:
        return self.root / "lessons" / "pictures" / f"{stage.name}.svg"

    def shown(self, path: Path) -> str:
        """Write a path the way the reader would type it: relative to the root where possible."""
        if path.is_relative_to(self.root):
            return path.relative_to(self.root).as_posix()
        return str(path)


def find_kata(start: Path | None = None) -> Kata:
    """Find the kata: the folder `start` (default: the current one) or the nearest above it, else
    the checkout that this program was installed from.

    Raises:
        UsageError: when neither holds a kata.
    """
    start = (start or Path.cwd()).resolve()
    installed_from = Path(__file__).resolve().parent.parent
    for folder in (start, *start.parents, installed_from):
        if any(all((folder / mark).exists() for mark in marks) for marks in _MARKS):
            return Kata(folder)
    raise UsageError(f"no kata found in {start} or above it: change into its folder")
