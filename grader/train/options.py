"""What `grader train` is asked to do."""

import re
from dataclasses import dataclass
from pathlib import Path

from grader.shell_command import shell_command
from grader.train.recipe import SEED, STEPS

_REPEATED = ("text", "steps", "seed", "out", "target", "strict")  # --restart would start over


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

    def command(self) -> str:
        """Return the command that continues this training."""
        usual = Options(default_out(self.text))
        words = ["grader", "train"]
        for name in _REPEATED:
            value = getattr(self, name)
            if value != getattr(usual, name):
                words += [f"--{name}", *([] if value is True else [str(value)])]
        return shell_command(*words)


def default_out(text: Path | None) -> Path:
    """Return a folder of its own for each text, so that no model replaces another one."""
    if text is None:
        return Path("trained")
    stem = re.sub("[^a-z0-9_-]+", "-", text.stem.lower()).strip("-")
    return Path(f"trained-{stem or 'text'}")
