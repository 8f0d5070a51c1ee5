"""Find out which edition of the kata a folder contains: the whole kata, or a teacher's handout."""

from pathlib import Path
from typing import TYPE_CHECKING

from grader.errors import UsageError
from grader.handout.handout_file import FILE, read_handout
from grader.handout.handout_kata import HandoutKata
from grader.kata import Kata
from grader.stage import Stage

if TYPE_CHECKING:
    from grader.suite.oracle import Oracle

_WHOLE = ("exercises", "lessons", "tests/test_s01_vocabulary.py")  # what a whole kata has
_HANDOUT = ("exercises", FILE)


class WholeKata(Kata):
    """The kata with solutions and mistakes: any seed, any stage in any order."""

    def oracle(self, stage: Stage, seed: int) -> "Oracle":
        from grader.suite.oracle import LiveOracle  # loads torch

        return LiveOracle(self, stage, seed)


def open_kata(root: Path) -> Kata:
    """Return the kata in a folder.

    Raises:
        UsageError: when it is a handout whose `handout.json` cannot be read.
    """
    if (root / FILE).exists():
        return HandoutKata(root, read_handout(root / FILE))
    return WholeKata(root)


def find_kata(start: Path | None = None) -> Kata:
    """Find the kata: the folder `start` (default: the current one) or the nearest above it, else
    the checkout that this program was installed from.

    Raises:
        UsageError: when neither holds a kata.
    """
    start = (start or Path.cwd()).resolve()
    installed_from = Path(__file__).resolve().parent.parent
    for folder in (start, *start.parents, installed_from):
        if any(all((folder / name).exists() for name in names) for names in (_WHOLE, _HANDOUT)):
            return open_kata(folder)
    raise UsageError(f"no kata found in {start} or above it: change into its folder")
