"""Draw the picture of every lesson: `python -m grader.plot.lesson_pictures`.

They come from the tiny trained model with the reference, so that they are the same everywhere.
"""

from collections.abc import Callable
from functools import partial

from matplotlib.figure import Figure

from grader.calls.stage_modules import reference_modules
from grader.editions import find_kata
from grader.kata import Kata
from grader.plot import style
from grader.plot.draw_named import DRAWINGS, places
from grader.plot.named_pictures import find_named
from grader.plot.pictures import (
    attention,
    chat,
    checkpoint,
    embedding,
    heads,
    merges,
    neighbours,
    special,
    split,
    stream,
    tokens,
    vocabulary,
)
from grader.plot.walk import Walk
from grader.stages import STAGES


def _named(name: str) -> Callable[[Walk], Figure]:
    """Give the picture that `grader plot NAME` draws."""
    return lambda walk: DRAWINGS[name](walk, *places(find_named(name), None, None))


PICTURES: dict[int, Callable[[Walk], Figure]] = {
    1: vocabulary.draw,
    2: split.draw,
    3: merges.draw,
    4: special.draw,
    5: tokens.draw,
    6: chat.draw,
    7: checkpoint.draw,
    8: embedding.draw,
    9: _named("norm"),
    10: _named("freqs"),
    11: _named("rotate"),
    12: heads.draw,
    13: _named("scores"),
    14: partial(attention.draw_steps, layer=1, head=0),
    15: _named("attention"),
    16: _named("gate"),
    17: stream.draw,
    18: _named("lens"),
    19: _named("answer"),
    20: neighbours.draw,
}


def draw_lessons(kata: Kata) -> dict[int, str]:
    """Draw every lesson's picture as SVG, by stage number."""
    walk = Walk(reference_modules(kata.solutions), kata.tiny_weights / "trained")
    with style.look():
        return {
            stage.number: style.as_svg(PICTURES[stage.number](walk))
            for stage in STAGES
            if stage.number in PICTURES
        }


def main() -> None:
    """Draw all pictures over those that are there."""
    kata, total = find_kata(), 0
    drawn = draw_lessons(kata)
    for stage in STAGES:
        if stage.number in drawn:
            path, content = kata.picture(stage), drawn[stage.number].encode("utf-8")
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            print(f"{kata.shown(path)}  {len(content):,} bytes")
            total += len(content)
    print(f"{total:,} bytes in all")


if __name__ == "__main__":
    main()
