"""Ids turned into rows of the embedding matrix."""

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from grader.plot import style
from grader.plot.heat import around_zero, draw_scale, heat
from grader.plot.model_walk import Walk

SHOWN = 24  # of a vector's entries


def draw(walk: Walk) -> Figure:
    """Draw the vectors of the prompt, and frame a token that appears twice."""
    tokens, pieces = walk.tokens, walk.pieces(walk.tokens)
    x = walk.before(0)
    figure = style.new_figure(
        5.2,
        "Each id is replaced by its row of the table",
        f"The first {SHOWN} of the {x.shape[1]} entries of each token's vector. "
        "Framed: the same id, so the same row.",
    )
    axes = style.panel(figure, 1.9, 0.95, 6.4, 3.6)
    scale = around_zero(x)
    heat(axes, x[:, :SHOWN], scale)
    names = [f"{piece}   {token:>3}" for piece, token in zip(pieces, tokens, strict=True)]
    style.label_tokens(axes, names, columns=False)
    twice = next(token for token in reversed(tokens) if tokens.count(token) > 1)
    for row, token in enumerate(tokens):
        if token == twice:
            frame = Rectangle((-0.5, row - 0.5), SHOWN, 1, fill=False, color=style.INK, lw=1.4)
            axes.add_patch(frame).set_clip_on(False)
    axes.set_xlabel(f"entries 0 to {SHOWN - 1}")
    draw_scale(figure, 1.9, 4.85, 2.5, scale)
    return figure
