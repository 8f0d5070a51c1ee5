"""Where the kata is: its root and the folders below it."""

from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageError
from grader.stages import Stage

_MARKS = ("exercises", "lessons", "tests/test_s01_vocabulary.py")


@dataclass(frozen=True)
class Kata:
    """One checkout of the kata; every path that the grader uses starts here."""

    root: Path

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
    def memory(self) -> Path:
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
        if all((folder / mark).exists() for mark in _MARKS):
            return Kata(folder)
    raise UsageError(f"no kata found in {start} or above it: change into its folder")
