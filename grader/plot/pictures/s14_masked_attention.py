"""One head's maps: the scores, the mask added to them, and the weights after the softmax."""

import torch
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.heat import LOOKING, SHARES, around_zero, draw_scale, heat
from grader.plot.model_walk import Walk

_SIDE = 2.25  # inches, one of three maps
_WIDER = 3.2  # inches, one of two maps


def draw(walk: Walk, layer: int = 1, head: int = 0) -> Figure:
    """Draw one head's scores, the scores that the mask leaves, and the weights."""
    values = walk.head(layer, head)
    figure = style.new_figure(
        4.72,
        f"From scores to attention: layer {layer}, head {head}",
        f"{LOOKING} Gray: the future, hidden by the mask.",
    )
    shown, scale = values.mask == 0, around_zero(values.scores)
    steps = [
        ("1. scores: q · k / √d", values.scores, None, scale),
        ("2. scores + mask", values.scores, shown, scale),
        ("3. softmax of each row", values.weights, shown, SHARES),
    ]
    pieces = walk.pieces(walk.tokens)
    for place, (title, cells, seen, its_scale) in enumerate(steps):
        left = 0.98 + place * (_SIDE + 0.28)
        axes = style.panel(figure, left, 1.05, _SIDE, _SIDE)
        axes.set_title(title)
        heat(axes, cells, its_scale, seen)
        style.label_tokens(axes, pieces, rows=place == 0)
        draw_scale(figure, left, 4.3, _SIDE, its_scale)
    return figure


def draw_mask(walk: Walk, layer: int = 1, head: int = 0) -> Figure:
    """Draw the mask and the scores that it leaves."""
    values = walk.head(layer, head)
    scale, pieces = around_zero(values.scores), walk.pieces(walk.tokens)
    figure = style.new_figure(
        5.55,
        "The mask hides the future",
        f"{LOOKING} Scores: layer {layer}, head {head}.",
    )
    for place, cells in enumerate([torch.zeros_like(values.scores), values.scores]):
        left = 1.0 + place * (_WIDER + 0.75)
        axes = style.panel(figure, left, 1.05, _WIDER, _WIDER)
        axes.set_title(["the mask: 0 or -inf", "scores + mask"][place])
        heat(axes, cells, scale, values.mask == 0)
        style.label_tokens(axes, pieces, rows=place == 0)
        if place == 0:
            axes.text(3, 11, "0", ha="center", fontsize=style.TITLE)
            axes.text(12, 4.5, "-inf", ha="center", fontsize=style.TITLE)
    draw_scale(figure, left, 5.15, _WIDER, scale)
    return figure
