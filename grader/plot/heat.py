"""Maps: a number a cell, shown as a colour."""

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


def heat(
    axes: Axes,
    values: torch.Tensor,
    colours: Colormap,
    low: float,
    high: float,
    shown: torch.Tensor | None = None,
) -> None:
    """Draw a map with row 0 at the top.

    Args:
        values: `[rows, columns]`.
        low: the value of the first colour, and `high` of the last.
        shown: which cells there are, bool, the shape of `values`; the others are grey.
    """
    rows, columns = values.shape
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
    for spine in axes.spines.values():
        spine.set(visible=True, color=style.PALE)
    if shown is None:
        shown = torch.ones_like(values, dtype=torch.bool)
    share = ((values.double() - low) / (high - low)).clamp(0, 1)
    zero = min(max(-low / (high - low), 0.0), 1.0)
    drawn = (shown & ((share - zero).abs() > _FAINT)).numpy()
    _cells(axes, drawn, colours(share.numpy()[drawn]))
    _hide(axes, ~shown)


def _cells(axes: Axes, where: np.ndarray, colours: np.ndarray) -> None:
    """Draw the cells that are true in `where`, row by row."""
    rows, columns = np.nonzero(where)
    cells = PathCollection(
        [_CELL],
        offsets=np.column_stack([columns, rows]),
        offset_transform=axes.transData,
        facecolors=colours,
        linewidths=0,
        clip_on=False,
    )
    cells.set_transform(AffineDeltaTransform(axes.transData))  # type: ignore[arg-type]
    axes.add_collection(cells, autolim=False)


def _hide(axes: Axes, hidden: torch.Tensor) -> None:
    """Lay grey over hidden cells, one strip a run of neighbours."""
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


def scale(
    figure: Figure, left: float, top: float, width: float, colours: Colormap, words: list[str]
) -> None:
    """Draw the scale of a map's colours, with words at even places along it."""
    axes = style.panel(figure, left, top, width, 0.11)
    steps = 24
    for step in range(steps):
        axes.axvspan(step / steps, (step + 1.03) / steps, color=colours(step / (steps - 1)), lw=0)
    axes.set(xlim=(0, 1), yticks=[])
    axes.set_xticks([place / (len(words) - 1) for place in range(len(words))], words)
    axes.tick_params(length=2, pad=2, labelsize=style.TINY)
    for spine in axes.spines.values():
        spine.set(visible=True, color=style.PALE)
