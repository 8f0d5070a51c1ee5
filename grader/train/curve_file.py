"""The curve of a training's loss: the learner's last one, and the reference's."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from grader.kata import Kata
from grader.write_files import write_whole

REFERENCE = Path(__file__).with_name("reference_curve.json")
_FOLDER, _FILE = "train", "curve.json"


@dataclass(frozen=True)
class Curve:
    """A training, as far as its picture needs it."""

    recipe: dict[str, float]
    text: str  # the name of its rows
    digest: str  # of its rows
    losses: list[float]  # of each step
    held_out: list[tuple[int, float]]  # steps, and the loss of the held-out rows

    def is_like(self, other: "Curve") -> bool:
        """Return whether both learned the same in the same way, but perhaps from another seed."""
        mine, theirs = ({**one.recipe, "seed": 0} for one in (self, other))
        return self.digest == other.digest and mine == theirs


def write_curve(kata: Kata, curve: Curve) -> None:
    """Store the learner's curve, atomically."""
    folder = kata.state_dir / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / _FILE, msgspec.json.encode(curve))


def read_curve(path: Path) -> Curve | None:
    """Return a curve, or None if there is none that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Curve)
    except (OSError, ValueError):
        return None


def learners_curve(kata: Kata) -> Curve | None:
    """Return the curve of the learner's last training, finished or not."""
    return read_curve(kata.state_dir / _FOLDER / _FILE)
