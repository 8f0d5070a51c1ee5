"""Draw the pictures of lessons: `python -m grader.plot.lesson_pictures [STAGE]...`, or all.

A lesson has two: the drawing of the whole model with its stage marked, and a picture of its own,
which shows what the reference computes on the tiny trained model and so is the same everywhere.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from grader.calls.stage_modules import reference_modules
from grader.editions import find_kata
from grader.errors import UsageError
from grader.kata import Kata
from grader.plot import style
from grader.plot.model_map import draw_map
from grader.plot.model_walk import Walk
from grader.plot.pictures import drawing_of
from grader.stage import Stage
from grader.stage_names import find_stage
from grader.stages import STAGES


def pictures_of(kata: Kata, stage: Stage) -> dict[Path, Callable[[], str]]:
    """Return the files of a lesson's pictures, each with what draws it as SVG.

    Raises:
        UsageError: if the stage has no file that draws its picture.
    """
    drawing = drawing_of(stage)

    def draw_own() -> Figure:
        return drawing(Walk(reference_modules(kata.solutions), kata.tiny_weights / "trained"))

    return {
        kata.picture(stage): lambda: _svg(draw_own),
        kata.model_picture(stage): lambda: _svg(lambda: draw_map(stage)),
    }


def whole_model(kata: Kata) -> dict[Path, Callable[[], str]]:
    """Return the file that shows the model with no stage marked, with what draws it as SVG."""
    return {kata.model_picture(): lambda: _svg(draw_map)}


def _svg(draw: Callable[[], Figure]) -> str:
    with style.look():
        return style.as_svg(draw())


def main(names: Sequence[str]) -> None:
    """Draw the pictures of the named stages, replacing the existing ones."""
    kata, total = find_kata(), 0
    pictures = {} if names else whole_model(kata)
    for stage in [find_stage(name) for name in names] or STAGES:
        pictures |= pictures_of(kata, stage)
    for path, draw in pictures.items():
        content = draw().encode("utf-8")
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
