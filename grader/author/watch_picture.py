"""Draw README's picture of `grader watch`: `python -m grader.author.watch_picture`.

It shows the real verdict on a slip that many people make in stage 9.
"""

import re
import tempfile
from contextlib import closing
from io import StringIO
from pathlib import Path

from rich.console import Console

from grader.editions import find_kata
from grader.kata import Kata
from grader.stages import stage_of
from grader.suite.grade_stage import grade_stage
from grader.watch.screen import Screen
from grader.workers.pool import start_pool

STAGE = stage_of(9)
_RIGHT, _WRONG = "torch.rsqrt(mean_square + eps)", "1 / (mean_square.sqrt() + eps)"
_SEED, _COLUMNS = 42, 84
_TIME = re.compile(r"\d\d:\d\d:\d\d")


def picture_of(kata: Kata) -> Path:
    return kata.root / "docs" / "watch.svg"


def draw(kata: Kata) -> str:
    """Return the picture as SVG, always with the same time of day."""
    text = kata.solution(STAGE).read_text(encoding="utf-8")
    assert _RIGHT in text
    with tempfile.TemporaryDirectory(prefix="kata-") as name, closing(start_pool()) as pool:
        path = Path(name) / f"{STAGE.name}.py"
        path.write_text(text.replace(_RIGHT, _WRONG), encoding="utf-8")
        verdict = grade_stage(kata, STAGE, path.parent, _SEED, pool.worker)
    console = Console(
        record=True, width=_COLUMNS, highlight=False, force_terminal=True, file=StringIO()
    )
    Screen(kata, console).verdict(STAGE, verdict, _SEED, None)
    drawn = console.export_svg(title=f"grader watch {STAGE.number}", unique_id="watch")
    return _TIME.sub("16:42:00", drawn)


if __name__ == "__main__":
    found = find_kata()
    picture_of(found).write_text(draw(found), encoding="utf-8")
    print(found.shown(picture_of(found)))
