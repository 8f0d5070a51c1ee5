"""Maps: one number per cell, shown as a color."""

from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import AffineDeltaTransform

from grader.plot import style

_CELL = Path(np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) * 0.47, closed=True)
_FAINT = 0.026  # of the scale: too faint to be missed, so such a cell is not drawn


@dataclass(frozen=True)
class Scale:
    """The colors from the lowest value to the highest, and evenly spaced labels."""

    colours: Colormap
    low: float
    high: float
    words: tuple[str, ...]


# What a map of scores or weights shows.
LOOKING = "A row is a token that looks, a column a token that is looked at."
SHARES = Scale(style.AMOUNT, 0.0, 1.0, ("0 %", "50 %", "100 %"))


def around_zero(values: torch.Tensor) -> Scale:
    """Return a scale that holds all values, from a whole number below zero to the same above it."""
    limit = float(values.abs().max().ceil())
    return Scale(style.SIGNED, -limit, limit, (f"-{limit:.0f}", "0", f"{limit:.0f}"))


def heat(axes: Axes, values: torch.Tensor, scale: Scale, shown: torch.Tensor | None = None) -> None:
    """Draw a map of `[rows, columns]`, row 0 at the top; cells that are not `shown` are grey."""
    rows, columns = values.shape
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
    axes.spines[:].set(visible=True, color=style.PALE)
    if shown is None:
        shown = torch.ones_like(values, dtype=torch.bool)
    share = ((values.double() - scale.low) / (scale.high - scale.low)).clamp(0, 1)
    zero = -scale.low / (scale.high - scale.low)
    drawn = (shown & ((share - zero).abs() > _FAINT)).numpy()
    cells = PathCollection(
        [_CELL],
        offsets=np.argwhere(drawn)[:, ::-1],  # column and row of each
        offset_transform=axes.transData,
        facecolors=scale.colours(share.numpy()[drawn]),
        linewidths=0,
        clip_on=False,
    )
    cells.set_transform(AffineDeltaTransform(axes.transData))  # type: ignore[arg-type]
    axes.add_collection(cells, autolim=False)
    _hide(axes, ~shown)


def _hide(axes: Axes, hidden: torch.Tensor) -> None:
    """Lay grey over hidden cells, one strip per run of neighbors."""
    strips = []
    for row, cells in enumerate(hidden.tolist()):
        for is_hidden, run in groupby(range(len(cells)), cells.__getitem__):
            columns = list(run)
            if is_hidden:
                left, right = columns[0] - 0.5, columns[-1] + 0.5
                corners = [[left, row - 0.5], [right, row - 0.5], [right, row + 0.5]]
                strips.append(Path([*corners, [left, row + 0.5], corners[0]], closed=True))
    if strips:
        grey = PathPatch(Path.make_compound_path(*strips), color=style.HIDDEN, lw=0)
        axes.add_patch(grey).set_clip_on(False)


def draw_scale(figure: Figure, left: float, top: float, width: float, scale: Scale) -> None:
    """Draw the scale of a map's colors."""
    axes = style.panel(figure, left, top, width, 0.11)
    steps = 24
    for step in range(steps):
        colour = scale.colours(step / (steps - 1))
        axes.axvspan(step / steps, (step + 1.03) / steps, color=colour, lw=0)
    axes.set(xlim=(0, 1), yticks=[])
    axes.set_xticks(np.linspace(0, 1, len(scale.words)), scale.words)
    axes.tick_params(length=2, pad=2, labelsize=style.TINY)
    axes.spines[:].set(visible=True, color=style.PALE)
