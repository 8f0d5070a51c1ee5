"""Three rows on rulers of their own, and the rounding errors with one scale per row and in all."""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.model_walk import Walk

_COLOURS = (style.BLUE, style.GREEN, style.ORANGE)
_MARKS = (-127, -64, 0, 64, 127)
_BARS = 44


def draw(walk: Walk) -> Figure:
    """Draw three rows of the tiny model's output matrix, and the errors of all its weights."""
    figure = style.new_figure(
        4.75,
        "Every row has a ruler of its own",
        "The tiny model's output matrix: three of its rows, and the rounding errors of all its "
        "weights.",
    )
    weight = walk.weight("output")  # [V, D]
    rulers = style.panel(figure, 1.15, 1.2, 3.5, 2.5)
    _draw_rulers(rulers, walk, weight)
    errors = style.panel(figure, 5.3, 1.2, 3.0, 2.5)
    _draw_errors(errors, walk, weight)
    style.key(figure, 5.3, 4.5, style.BLUE, "one scale per row")
    style.key(figure, 6.85, 4.5, style.ORANGE, "one scale for all")
    return figure


def _draw_rulers(axes: Axes, walk: Walk, weight: torch.Tensor) -> None:
    """Draw the weights of three rows above the marks that their codes stand for."""
    order = weight.abs().amax(1).argsort()
    chosen = weight[order[[0, len(order) // 2, -1]]]  # [3, D]
    _, scale = walk.find("quantize_rows")(chosen)
    axes.set_title("weights, with the codes below them")
    for row, (weights, step, colour) in enumerate(zip(chosen, scale, _COLOURS, strict=True)):
        ends = [-127 * float(step), 127 * float(step)]
        axes.plot(ends, [row, row], color=style.GREY, lw=0.8)
        axes.plot(weights, [row - 0.16] * len(weights), "o", color=colour, ms=3.5, alpha=0.6, mew=0)
        for code in _MARKS:
            axes.plot([code * float(step)] * 2, [row, row + 0.1], color=style.GREY, lw=0.8)
            axes.text(
                code * float(step), row + 0.28, str(code), ha="center", va="center", size=style.TINY
            )
    names = [f"scale\n{float(step):.4f}" for step in scale]
    axes.set_yticks(range(len(chosen)), names)
    axes.set(ylim=(len(chosen) - 0.4, -0.5), xlabel="weight")
    axes.tick_params(left=False)
    axes.spines["left"].set_visible(False)


def _draw_errors(axes: Axes, walk: Walk, weight: torch.Tensor) -> None:
    """Draw how often each error occurs, with one scale per row and with one for the matrix."""
    quantize, dequantize = walk.find("quantize_rows"), walk.find("dequantize_rows")
    per_row = 1000 * (dequantize(*quantize(weight)) - weight).flatten()
    as_one_row = weight.reshape(1, -1)
    for_all = 1000 * (dequantize(*quantize(as_one_row)) - as_one_row).flatten()
    widest = float(for_all.abs().max()) * 1.1
    edges = torch.linspace(-widest, widest, _BARS + 1).tolist()
    for errors, colour in ((for_all, style.ORANGE), (per_row, style.BLUE)):
        counts = torch.histc(errors, bins=_BARS, min=-widest, max=widest).tolist()
        axes.stairs(counts, edges, fill=True, color=colour, alpha=0.55)
    axes.set(xlim=(-widest, widest), yticks=[], xlabel="error, in thousandths")
    axes.set_title("errors of the restored weights")
    axes.spines["left"].set_visible(False)
