"""The token that the model would say after each layer, and where the answer appears."""

import torch
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.heat import SHARES, draw_scale, heat
from grader.plot.model_walk import Walk

_DARK = 0.55  # probability from which writing is white


def draw(walk: Walk) -> Figure:
    """Draw the most likely next token for every position, after the embedding and every layer."""
    tokens, columns = walk.tokens, walk.n_layers + 1
    asked = [
        [walk.logits(layer, position) for layer in range(columns)]
        for position in range(len(tokens))
    ]
    best = torch.tensor([[float(torch.softmax(one, -1).max()) for one in row] for row in asked])
    said = [walk.pieces([int(one.argmax()) for one in row]) for row in asked]
    height = 6.35
    figure = style.new_figure(
        height,
        "Where the answer appears: the most likely next token after each layer",
        "Each vector goes straight to the final norm and the output matrix. "
        "Bold: the token the model ends up with.",
    )
    axes = style.panel(figure, 1.5, 1.15, 6.7, 4.4)
    heat(axes, best, SHARES)
    style.label_tokens(axes, walk.pieces(tokens), columns=False)
    axes.set_xticks(range(columns), ["embedding", *(f"layer {n}" for n in range(walk.n_layers))])
    axes.xaxis.tick_top()
    axes.tick_params(top=False, left=False)
    for row, pieces in enumerate(said):
        for column, piece in enumerate(pieces):
            axes.text(
                column,
                row,
                piece,
                ha="center",
                va="center",
                size=style.SMALL,
                weight="bold" if piece == pieces[-1] else "normal",
                color="white" if best[row, column] > _DARK else style.INK,
            )
    style.write(figure, 0.2, 1.05, "read so far", size=style.SMALL, color=style.GREY)
    draw_scale(figure, 1.5, height - 0.5, 2.5, SHARES)
    style.write(figure, 4.2, height - 0.4, "probability of that token", size=style.SMALL)
    return figure
