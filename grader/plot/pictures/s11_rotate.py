"""Two tokens of one text: their pairs before the rotation and after it."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.model_walk import Walk

_SHOWN = 5  # pairs; the tiny model's heads have no more
_SIDE = 1.5


def draw(walk: Walk, layer: int = 0, head: int = 0) -> Figure:
    """Draw the query of the first token that occurs twice in the prompt, at both positions."""
    values = walk.head(layer, head)
    first, second = _twins(walk.tokens)
    piece = walk.pieces(walk.tokens)[first]
    figure = style.new_figure(
        3.15,
        f"Turned by position: the queries of both {piece} in layer {layer}, head {head}",
        "Dashed before the rotation, solid after it. A turn keeps the length; "
        "each pair has its own scale.",
    )
    before = _pairs(values.q.numpy())
    after = _pairs(values.turned_q.numpy())
    for pair in range(min(_SHOWN, before.shape[1])):
        axes = style.panel(figure, 0.2 + pair * (_SIDE + 0.17), 1.02, _SIDE, _SIDE)
        axes.set_title(f"pair {pair}, length {abs(before[first, pair]):.1f}")
        _draw_pair(axes, before[[first, second], pair], after[[first, second], pair])
    style.key(figure, 0.2, 2.95, style.BLUE, f"at position {first}")
    style.key(figure, 2.0, 2.95, style.ORANGE, f"at position {second}")
    return figure


def _twins(tokens: list[int]) -> tuple[int, int]:
    """Return two positions with the same token."""
    first = next(place for place, token in enumerate(tokens) if token in tokens[place + 1 :])
    return first, tokens.index(tokens[first], first + 1)


def _pairs(x: np.ndarray) -> np.ndarray:
    """Return neighboring entries as complex numbers, `[T, d/2]`."""
    return x[:, 0::2] + 1j * x[:, 1::2]


def _draw_pair(axes: Axes, before: np.ndarray, after: np.ndarray) -> None:
    limit = 1.15 * float(max(np.abs(before).max(), np.abs(after).max()))
    around = np.linspace(0, 2 * math.pi, 60)
    # The second is thinner, so that both can be seen where they coincide.
    for place, (start, end) in enumerate(zip(before, after, strict=True)):
        colour, thick = (style.BLUE, style.ORANGE)[place], (4.0, 1.6)[place]
        length = abs(end)
        circle = length * np.exp(1j * around)
        axes.plot(circle.real, circle.imag, color=style.PALE, lw=0.8, zorder=0)
        axes.plot([0, start.real], [0, start.imag], "--", color=colour, lw=thick / 2)
        axes.plot([0, end.real], [0, end.imag], color=colour, lw=thick)
        axes.plot([end.real], [end.imag], "o", color=colour, ms=2.5 + thick)
    axes.axhline(0, color=style.PALE, lw=0.8, zorder=0)
    axes.axvline(0, color=style.PALE, lw=0.8, zorder=0)
    axes.set(xlim=(-limit, limit), ylim=(-limit, limit))
    style.bare(axes)
