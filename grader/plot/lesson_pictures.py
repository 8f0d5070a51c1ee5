"""Draw the lessons' pictures: `python -m grader.plot.lesson_pictures [STAGE]...` (default: all).

They are drawn from the tiny trained model with the reference, so they are the same everywhere.
"""

import sys
from collections.abc import Sequence

from grader.calls.stage_modules import reference_modules
from grader.editions import find_kata
from grader.errors import UsageError
from grader.kata import Kata
from grader.plot import style
from grader.plot.model_walk import Walk
from grader.plot.pictures import drawing_of
from grader.stage import Stage
from grader.stage_names import find_stage
from grader.stages import STAGES


def draw_lesson(kata: Kata, stage: Stage) -> str:
    """Return a lesson's picture as SVG."""
    walk = Walk(reference_modules(kata.solutions), kata.tiny_weights / "trained")
    with style.look():
        return style.as_svg(drawing_of(stage)(walk))


def main(names: Sequence[str]) -> None:
    """Draw the pictures of the named stages, and overwrite the existing ones."""
    kata, total = find_kata(), 0
    for stage in [find_stage(name) for name in names] or STAGES:
        path, content = kata.picture(stage), draw_lesson(kata, stage).encode("utf-8")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        print(f"{kata.shown(path)}  {len(content):,} bytes")
        total += len(content)
    print(f"{total:,} bytes in all")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except UsageError as error:
        sys.exit(f"grader: {error}")
