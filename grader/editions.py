"""Open either edition of a kata: the whole kata or a teacher's handout.

The whole kata comes from a checkout or, for a learner's folder made by `grader init`, from the
installed package.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from grader.errors import UsageError
from grader.handout.handout_file import FILE, read_handout
from grader.handout.handout_kata import HandoutKata
from grader.kata import Kata
from grader.language import tr
from grader.stage import Stage

if TYPE_CHECKING:
    from grader.suite.oracle import Oracle

_WHOLE = ("exercises", "lessons", "tests/test_s01_vocabulary.py")  # tells a whole kata
_HANDOUT = ("exercises", FILE)
MADE_BY_INIT = ".kata"  # tells a learner's folder
_OWN = ("exercises", MADE_BY_INIT)
_PACKAGE = Path(__file__).resolve().parent


class WholeKata(Kata):
    """The kata with solutions and mistakes: any seed, any stage in any order."""

    def oracle(self, stage: Stage, seed: int) -> "Oracle":
        from grader.suite.oracle import LiveOracle  # loads torch

        return LiveOracle(self, stage, seed)


def installed_kata() -> Path:
    """Return the root of the kata that was installed with this program."""
    in_wheel = _PACKAGE / "kata_files"  # pyproject.toml says what a wheel puts there
    return in_wheel if in_wheel.is_dir() else _PACKAGE.parent


def is_kata(folder: Path) -> bool:
    """Return whether a folder is a checkout, a handout, or was made by `grader init`."""
    kinds = (_OWN, _WHOLE, _HANDOUT)
    return any(all((folder / name).exists() for name in kind) for kind in kinds)


def open_kata(folder: Path) -> Kata:
    """Return the kata in a folder.

    Raises:
        UsageError: if it is a handout whose `handout.json` can't be read.
    """
    if (folder / FILE).exists():
        return HandoutKata(folder, read_handout(folder / FILE))
    if (folder / MADE_BY_INIT).exists():
        return WholeKata(installed_kata(), own=folder)
    return WholeKata(folder)


def find_kata(start: Path | None = None) -> Kata:
    """Return the kata in a folder or the nearest one above it, or else the installed checkout.

    Args:
        start: where to look first, by default the current folder.

    Raises:
        UsageError: if there is no kata in any of these.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents, _PACKAGE.parent):
        if is_kata(folder):
            return open_kata(folder)
    words = tr(
        "there is no kata in {folder} or above it: change to your kata's folder, or make one with "
        "`grader init my-kata`",
        folder=start,
    )
    raise UsageError(words)
