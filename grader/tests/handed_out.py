"""A handout and the program in it, run as a student runs it.

Nothing from the checkout of these tests can be imported there.
"""

import os
import shutil
from compileall import compile_dir
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from grader.classroom.handout_making import make_handout as make
from grader.editions import WholeKata, find_kata
from grader.kata import Kata
from grader.stage import Stage
from grader.stage_names import parse_stages
from grader.stages import STAGES
from grader.tests.clone import Clone

WHOLE = find_kata(Path(__file__).parent)
# The stages whose mistakes are all recorded in the handout that tests share. Of some only every
# fourth is, and of the others only the first, because running mistakes through the suites is nearly
# all the work of a handout.
ALL_RECORDED = (9, 11, 14)
SOME_RECORDED = (2, 5, 15, 19)
_LEAVE_SOME = """
from grader.diagnosis.known_mistakes import Mistake
_names = [name for name, one in vars().items() if isinstance(one, Mistake)]
for _name in set(_names) - set(_names[{which}]):
    del globals()[_name]
"""

# An editable installation of the checkout would supply every module that a handout lacks.
_WARM = Path(__file__).parent / "warm" / "sitecustomize.py"
_NO_OTHER_GRADER = f"""import os, runpy, sys
if "KATA_FORK_SERVER" in os.environ:
    runpy.run_path({str(_WARM)!r})
sys.meta_path = [one for one in sys.meta_path if "editable" not in repr(one)]
sys.path_hooks = [one for one in sys.path_hooks if "editable" not in repr(one)]
"""


@dataclass(frozen=True)
class HandedOut(Clone):
    """A student's copy of a handout."""

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which Python finds the program in the copy, and no other."""
        alone = self.root.parent / f"{self.root.name}-alone"
        alone.mkdir(exist_ok=True)
        (alone / "sitecustomize.py").write_text(_NO_OTHER_GRADER, encoding="utf-8")
        return {"PYTHONPATH": os.pathsep.join((str(self.root), str(alone)))}

    def solve(self, *names: str) -> None:
        """Write correct code for some stages (default: all) as a student would."""
        for stage in self.kata.stages:
            if stage.has_code and (not names or stage.name in names):
                text = WHOLE.solution(stage).read_text(encoding="utf-8")
                self.write(stage.name, text.replace("from solutions.", "from exercises."))


@dataclass(frozen=True)
class FewMistakes(WholeKata):
    """The kata with only a few mistakes in most stages."""

    few: Path

    def mistakes(self, stage: Stage) -> Path:
        whole = super().mistakes(stage)
        return whole if stage.number in ALL_RECORDED else self.few / whole.name


def with_few_mistakes(folder: Path) -> FewMistakes:
    """Return the kata with only a few mistakes in most stages, with its files in a new folder."""
    folder.mkdir(exist_ok=True)
    kata = FewMistakes(WHOLE.root, folder)
    for stage in STAGES:
        if stage.has_code and stage.number not in ALL_RECORDED:
            text = WHOLE.mistakes(stage).read_text(encoding="utf-8")
            text += _LEAVE_SOME.format(which="::4" if stage.number in SOME_RECORDED else ":1")
            kata.mistakes(stage).write_text(text, encoding="utf-8")
    return kata


def made(out: Path, stages: str, reveal: str = "", kata: Kata = WHOLE) -> Path:
    """Make a handout with one seed in a new folder.

    It is recorded in this process, which has already imported torch and the suites; the command
    starts separate processes.
    """
    revealed = parse_stages(reveal) if reveal else ()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make, "ProcessPoolExecutor", lambda *_, **__: ThreadPoolExecutor(1))
        make.make_handout(kata, Console(quiet=True), parse_stages(stages), revealed, out, (4,))
    return out


def compile_program(handout: Path) -> None:
    """Compile the program of a handout, so that its copies need not do so one by one."""
    assert compile_dir(handout / "grader", quiet=1)


def copied(handout: Path, folder: Path) -> HandedOut:
    """Copy a handout, as for a student."""
    shutil.copytree(handout, folder / "kata")
    return HandedOut(folder / "kata")
