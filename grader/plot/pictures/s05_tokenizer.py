"""The prompt as the model reads it: pieces and their ids."""

from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.boxes import LETTER, box, canvas, words
from grader.plot.model_walk import Walk

_SIZE = 12.0


def draw(walk: Walk) -> Figure:
    """Draw every token of the prompt with its position, its piece and its id."""
    tokens = walk.tokens
    figure = style.new_figure(
        2.8,
        f"What the model reads: {len(tokens)} ids",
        "Each piece with its position above and its id in the tiny model below. · is a space.",
    )
    axes = canvas(figure)
    left, top = 0.2, 1.0
    for position, (piece, token) in enumerate(zip(walk.pieces(tokens), tokens, strict=True)):
        width = max((len(piece) + 0.9) * LETTER * _SIZE, 0.36)
        if left + width > style.WIDTH - 0.15:
            left, top = 0.2, top + 1.0
        colour = style.ORANGE if position == 0 else style.BLUE
        box(axes, left, top, width, 0.38, piece, colour, size=_SIZE)
        words(axes, left + width / 2, top - 0.12, str(position), size=style.TINY, colour=style.GREY)
        words(axes, left + width / 2, top + 0.53, str(token), weight="bold")
        left += width + 0.07
    return figure
