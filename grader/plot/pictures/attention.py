"""The score map of a head: before the mask, after it, after the softmax."""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from grader.plot import style
from grader.plot.heat import heat, scale
from grader.plot.walk import Head, Walk

_HOW = "A row is a token that looks, a column a token that is looked at."
_SIDE = 2.25  # inches of a map


def draw_steps(walk: Walk, layer: int, head: int) -> Figure:
    """Draw one head's three maps side by side."""
    values = walk.head(layer, head)
    figure = style.new_figure(
        4.72,
        f"From scores to attention: layer {layer}, head {head}",
        f"{_HOW} Grey is hidden: the future.",
    )
    top = _limit(values)
    steps = [
        ("1. scores: q · k / √d", values.scores, None, top),
        ("2. scores + mask", values.scores, values.mask == 0, top),
        ("3. softmax of each row", values.weights, values.mask == 0, None),
    ]
    pieces = walk.pieces(walk.tokens)
    for place, (title, cells, shown, limit) in enumerate(steps):
        left = 0.98 + place * (_SIDE + 0.28)
        axes = style.panel(figure, left, 1.05, _SIDE, _SIDE)
        axes.set_title(title)
        _map(axes, cells, shown, limit)
        style.label_tokens(axes, pieces, rows=place == 0)
        _scale(figure, left, 4.3, limit)
    return figure


def draw_grid(walk: Walk, layer: int, head: int | None) -> Figure:
    """Draw every head's weights; one head's three maps when it is named."""
    if head is not None:
        return draw_steps(walk, layer, head)
    columns = 3
    rows = -(-walk.n_heads // columns)
    height = 1.05 + rows * (_SIDE + 0.35) + 1.05
    figure = style.new_figure(
        height, f"Who listens to whom: the {walk.n_heads} heads of layer {layer}", _HOW
    )
    pieces = walk.pieces(walk.tokens)
    for number in range(walk.n_heads):
        row, column = divmod(number, columns)
        values = walk.head(layer, number)
        left, top = 0.98 + column * (_SIDE + 0.28), 1.05 + row * (_SIDE + 0.35)
        axes = style.panel(figure, left, top, _SIDE, _SIDE)
        axes.set_title(f"head {number}")
        _map(axes, values.weights, values.mask == 0, None)
        style.label_tokens(axes, pieces, rows=column == 0, columns=number + columns >= walk.n_heads)
    _scale(figure, 0.98, height - 0.4, None)
    style.write(
        figure, 0.98 + _SIDE + 0.28, height - 0.3, "Grey is hidden: the future.", size=style.SMALL
    )
    return figure


def draw_scores(walk: Walk, layer: int, head: int) -> Figure:
    """Draw the scores before anything is hidden, and those of the last token as bars."""
    values = walk.head(layer, head)
    limit, pieces = _limit(values), walk.pieces(walk.tokens)
    figure = style.new_figure(
        5.15, f"Every query meets every key: the scores of layer {layer}, head {head}", _HOW
    )
    axes = style.panel(figure, 1.0, 0.95, 2.95, 2.95)
    _map(axes, values.scores, None, limit)
    style.label_tokens(axes, pieces)
    last = len(pieces) - 1
    frame = Rectangle((-0.5, last - 0.5), len(pieces), 1, fill=False, color=style.INK, lw=1.2)
    axes.add_patch(frame).set_clip_on(False)
    scale(figure, 1.0, 4.75, 2.95, style.SIGNED, [f"-{limit:.0f}", "0", f"{limit:.0f}"])

    bars = style.panel(figure, 5.2, 1.2, 3.1, 3.35)
    row = values.scores[last].tolist()
    bars.set_title("the framed row: what the last token looks for", x=-0.3)
    bars.barh(range(len(row)), row, color=[style.BLUE if one > 0 else style.RED for one in row])
    bars.axvline(0, color=style.GREY, lw=0.8)
    bars.set(ylim=(last + 0.6, -0.6), xlim=(-limit, limit), xlabel="score, q · k / √d")
    style.label_tokens(bars, pieces, columns=False)
    bars.spines["left"].set_visible(False)
    bars.set_xticks([-limit, 0, limit], [f"-{limit:.0f}", "0", f"{limit:.0f}"])
    bars.tick_params(axis="x", bottom=True)
    return figure


def draw_mask(walk: Walk, layer: int, head: int) -> Figure:
    """Draw the mask, and the scores that it leaves."""
    values = walk.head(layer, head)
    limit, pieces = _limit(values), walk.pieces(walk.tokens)
    figure = style.new_figure(
        5.55, "The mask hides the future", f"{_HOW} Here the scores of layer {layer}, head {head}."
    )
    side = 3.2
    shown = values.mask == 0
    for place, cells in enumerate([torch.zeros_like(values.scores), values.scores]):
        left = 1.0 + place * (side + 0.75)
        axes = style.panel(figure, left, 1.05, side, side)
        axes.set_title(["the mask: 0 or -inf", "scores + mask"][place])
        _map(axes, cells, shown, limit)
        style.label_tokens(axes, pieces, rows=place == 0)
        if place == 0:
            axes.text(3, 11, "0", ha="center", fontsize=style.TITLE)
            axes.text(12, 4.5, "-inf", ha="center", fontsize=style.TITLE)
    scale(figure, left, 5.15, side, style.SIGNED, [f"-{limit:.0f}", "0", f"{limit:.0f}"])
    return figure


def _limit(values: Head) -> float:
    """Give the end of the scale of scores, a whole number."""
    return float(values.scores.abs().max().ceil())


def _map(axes: Axes, cells: torch.Tensor, shown: torch.Tensor | None, limit: float | None) -> None:
    """Draw scores on a scale from `-limit` to `limit`, or weights where there is no limit."""
    if limit is None:
        heat(axes, cells, style.AMOUNT, 0, 1, shown)
    else:
        heat(axes, cells, style.SIGNED, -limit, limit, shown)


def _scale(figure: Figure, left: float, top: float, limit: float | None) -> None:
    if limit is None:
        scale(figure, left, top, _SIDE, style.AMOUNT, ["0 %", "50 %", "100 %"])
    else:
        scale(figure, left, top, _SIDE, style.SIGNED, [f"-{limit:.0f}", "0", f"{limit:.0f}"])
