"""What `grader train` is asked to do."""

from dataclasses import dataclass
from pathlib import Path

from grader.train.recipe import SEED, STEPS


@dataclass(frozen=True)
class Options:
    """The options of a training."""

    out: Path
    seed: int = SEED
    steps: int = STEPS
    text: Path | None = None  # None for the kata's own
    restart: bool = False
    target: str = "exercises"
    strict: bool = False
