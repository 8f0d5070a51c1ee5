"""A copy of the kata to work in, and the program run there."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from grader.editions import find_kata, open_kata
from grader.kata import Kata
from grader.tests.programs import Done, environment_with, run_forked, run_fresh

_NOT_COPIED = shutil.ignore_patterns("__pycache__")
FOLDERS = ("exercises", "lessons", "mistakes", "solutions", "tests", "tiny_weights")


@dataclass(frozen=True)
class Clone:
    """A learner's copy of the kata."""

    root: Path

    @property
    def kata(self) -> Kata:
        return open_kata(self.root)

    @property
    def environment(self) -> dict[str, str]:
        """What must be set for the program to run here."""
        return {}

    def run(self, *args: str, **environment: str) -> Done:
        """Run `grader ARGS` in the copy."""
        return self.python("-m", "grader", *args, **environment)

    def python(self, *args: str, typed: str = "", **environment: str) -> Done:
        """Run Python in the copy, as in a plain terminal with 100 columns."""
        whole = environment_with(**{**self.environment, **environment})
        return run_forked(*args, folder=self.root, environment=whole, typed=typed)

    def shell(self, *args: str, typed: str = "", **environment: str) -> Done:
        """Run `python ARGS` in a fresh interpreter, as a shell does, for tests that need one."""
        whole = environment_with(**{**self.environment, **environment})
        return run_fresh(*args, folder=self.root, environment=whole, typed=typed)

    def solve(self, *names: str) -> None:
        """Copy the solutions of some stages (default: all) to the exercises."""
        for path in sorted((self.root / "solutions").glob("s*.py")):
            if not names or path.stem in names:
                text = path.read_text(encoding="utf-8")
                self.write(path.stem, text.replace("from solutions.", "from exercises."))

    def write(self, name: str, text: str) -> None:
        """Write a stage's exercise file."""
        (self.root / "exercises" / f"{name}.py").write_text(text, encoding="utf-8")


def run_grader(*args: str, **environment: str) -> Done:
    """Run `grader ARGS` in the checkout that contains these tests."""
    root = find_kata(Path(__file__).parent).root
    return run_forked(
        "-m", "grader", *args, folder=root, environment=environment_with(**environment)
    )


def clone_into(folder: Path) -> Clone:
    """Copy the kata, without the program, into a folder."""
    kata = find_kata(Path(__file__).parent)
    for name in FOLDERS:
        shutil.copytree(kata.root / name, folder / name, ignore=_NOT_COPIED)
    shutil.copy(kata.root / "pyproject.toml", folder / "pyproject.toml")
    return Clone(folder)


def authors_clone_into(folder: Path) -> Clone:
    """Copy the kata with what its authors also work on: its pages and the right ways."""
    kata, clone = find_kata(Path(__file__).parent), clone_into(folder)
    for page in (*kata.root.glob("*.md"), kata.root / "Dockerfile", kata.root / "LICENSE"):
        shutil.copy(page, folder / page.name)
    for name in ("docs", "grader"):
        shutil.copytree(kata.root / name, folder / name, ignore=_NOT_COPIED)
    return clone
