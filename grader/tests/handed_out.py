"""A handout and the program that lies in it, run as a student's: nothing of the checkout that these
tests stand in can be imported there."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from grader.classroom.handout_making.make_handout import make_handout
from grader.editions import find_kata
from grader.stage_names import parse_stages
from grader.tests.clone import Clone

WHOLE = find_kata(Path(__file__).parent)

# An editable installation of the checkout answers for every module that a handout lacks.
_NO_OTHER_GRADER = """import sys
sys.meta_path = [one for one in sys.meta_path if "editable" not in repr(one)]
sys.path_hooks = [one for one in sys.path_hooks if "editable" not in repr(one)]
"""


@dataclass(frozen=True)
class HandedOut(Clone):
    """A student's copy of a handout."""

    @property
    def environment(self) -> dict[str, str]:
        """Let Python find the program that lies in the copy, and no other."""
        alone = self.root.parent / f"{self.root.name}-alone"
        alone.mkdir(exist_ok=True)
        (alone / "sitecustomize.py").write_text(_NO_OTHER_GRADER, encoding="utf-8")
        return {"PYTHONPATH": os.pathsep.join((str(self.root), str(alone)))}

    def solve(self, *names: str) -> None:
        """Write the right code of some stages (default: of all) as a student would."""
        for stage in self.kata.stages:
            if stage.has_code and (not names or stage.name in names):
                text = WHOLE.solution(stage).read_text(encoding="utf-8")
                self.write(stage.name, text.replace("from solutions.", "from exercises."))


def made(out: Path, stages: str, reveal: str = "", seeds: tuple[int, ...] = (4,)) -> Path:
    """Make a handout in a new folder."""
    revealed = parse_stages(reveal) if reveal else ()
    make_handout(WHOLE, Console(quiet=True), parse_stages(stages), revealed, out, seeds)
    return out


def copied(handout: Path, folder: Path) -> HandedOut:
    """Copy a handout, as every student has one."""
    shutil.copytree(handout, folder / "kata")
    return HandedOut(folder / "kata")
