"""The attention weights of every head of a layer."""

from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.heat import LOOKING, SHARES, draw_scale, heat
from grader.plot.model_walk import Walk
from grader.plot.pictures import s14_masked_attention

_SIDE, _COLUMNS = 2.25, 3  # inches of one map, and maps per row


def draw(walk: Walk, layer: int = 1, head: int | None = None) -> Figure:
    """Draw the weights of every head, or the three maps of one head if it is given."""
    if head is not None:
        return s14_masked_attention.draw(walk, layer, head)
    rows = -(-walk.n_heads // _COLUMNS)
    height = 1.05 + rows * (_SIDE + 0.35) + 1.05
    figure = style.new_figure(
        height, f"Which token looks at which: the {walk.n_heads} heads of layer {layer}", LOOKING
    )
    pieces = walk.pieces(walk.tokens)
    for number in range(walk.n_heads):
        row, column = divmod(number, _COLUMNS)
        values = walk.head(layer, number)
        left, top = 0.98 + column * (_SIDE + 0.28), 1.05 + row * (_SIDE + 0.35)
        axes = style.panel(figure, left, top, _SIDE, _SIDE)
        axes.set_title(f"head {number}")
        heat(axes, values.weights, SHARES, values.mask == 0)
        is_last = number + _COLUMNS >= walk.n_heads
        style.label_tokens(axes, pieces, rows=column == 0, columns=is_last)
    draw_scale(figure, 0.98, height - 0.4, _SIDE, SHARES)
    note = "Gray: the future, hidden by the mask."
    style.write(figure, 0.98 + _SIDE + 0.28, height - 0.3, note, size=style.SMALL)
    return figure
