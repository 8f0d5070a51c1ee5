"""RMS norm: every token's vector before and after it."""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.model_walk import Walk


def draw(walk: Walk, layer: int = 3) -> Figure:
    """Draw every token's vector before and after the first norm of a layer."""
    x, weight = walk.before(layer), walk.weight("attention_norm", layer)
    steps = [
        ("1. before", x),
        ("2. divided by its RMS", walk.normed(x, torch.ones_like(weight))),
        ("3. times the weight", walk.normed(x, weight)),
    ]
    figure = style.new_figure(
        4.5,
        f"RMS norm gives all tokens the same size: before attention in layer {layer}",
        "Thin: the range of a token's entries. Thick: the middle 80 % of them. "
        "Numbers: the root mean square (RMS).",
    )
    limits = [float(values.abs().max().ceil()) for _, values in steps]
    limits[1:] = [max(limits[1:])] * 2  # one scale for what can be compared
    pieces = walk.pieces(walk.tokens)
    for place, (title, values) in enumerate(steps):
        axes = style.panel(figure, 1.0 + place * 2.53, 1.05, 1.95, 2.9)
        axes.set_title(title)
        limit = limits[place]
        _draw_ranges(axes, values.float(), limit)
        style.label_tokens(axes, pieces, rows=place == 0, columns=False)
        axes.set_xticks([-limit, 0, limit], [f"-{limit:.0f}", "0", f"{limit:.0f}"])
        axes.tick_params(axis="x", bottom=True)
    return figure


def _draw_ranges(axes: Axes, values: torch.Tensor, limit: float) -> None:
    rows = range(len(values))
    low, high = torch.quantile(values, torch.tensor([0.1, 0.9]), dim=1)
    axes.hlines(rows, values.amin(1).tolist(), values.amax(1).tolist(), color=style.SKY, lw=1.5)
    axes.hlines(rows, low.tolist(), high.tolist(), color=style.BLUE, lw=5)
    axes.axvline(0, color=style.PALE, lw=0.8, zorder=0)
    axes.set(xlim=(-limit, limit), ylim=(len(values) - 0.4, -0.6))
    axes.spines["left"].set_visible(False)
    for row, size in zip(rows, values.pow(2).mean(1).sqrt().tolist(), strict=True):
        axes.text(1.04 * limit, row, f"{size:.2f}", size=style.TINY, va="center")
