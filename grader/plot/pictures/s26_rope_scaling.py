"""The frequencies of one head before and after scaling, and the three regions of pairs."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.model_walk import Walk

HEAD_DIM, THETA = 128, 500000.0  # of the 8B
FACTOR, LOW, HIGH, CONTEXT = 8.0, 1.0, 4.0, 8192  # of Llama 3.1


def draw(walk: Walk) -> Figure:
    """Draw the frequencies of stage 10 and those of `scaled_frequencies`, pair by pair."""
    old = walk.find("rope_frequencies")(HEAD_DIM, THETA)  # [d/2]
    new = walk.find("scaled_frequencies")(old, FACTOR, LOW, HIGH, CONTEXT)  # [d/2]
    figure = style.new_figure(
        4.75,
        "Fast pairs keep their speed, slow pairs get 8 times slower",
        "One head of the 8B: 64 pairs, theta = 500000, with the settings of Llama 3.1.",
    )
    axes = style.panel(figure, 0.95, 1.2, 7.3, 2.95)
    turns = CONTEXT * old.numpy() / (2 * math.pi)
    _draw_regions(axes, int((turns > HIGH).sum()), int((turns >= LOW).sum()), len(old))
    pairs = np.arange(len(old))
    axes.plot(pairs, old.numpy(), color=style.ORANGE, lw=0, marker="o", ms=4.5, mfc="none")
    axes.plot(pairs, new.numpy(), color=style.BLUE, lw=0, marker="o", ms=2.5)
    axes.set(yscale="log", xlim=(-1, len(old)), ylim=(1e-8, 3), xticks=[0, 10, 20, 30, 40, 50, 60])
    axes.set(xlabel="pair", ylabel="radians per position")
    style.key(figure, 0.95, 1.02, style.ORANGE, "before")
    style.key(figure, 2.0, 1.02, style.BLUE, "after")
    return figure


def _draw_regions(axes: Axes, first_between: int, first_slow: int, end: int) -> None:
    """Shade the pairs in between, and name the three regions at the bottom."""
    axes.axvspan(first_between - 0.5, first_slow - 0.5, color=style.HIDDEN, lw=0)
    for left, right, words in (
        (0, first_between, f"{first_between} fast pairs:\nmore than 4 turns\nin 8192 positions"),
        (first_between, first_slow, f"{first_slow - first_between} in\nbetween"),
        (first_slow, end, f"{end - first_slow} slow pairs:\nless than 1 turn\nin 8192 positions"),
    ):
        middle = (left + right - 1) / 2
        axes.text(middle, 1.6e-8, words, ha="center", va="bottom", size=style.SMALL)
