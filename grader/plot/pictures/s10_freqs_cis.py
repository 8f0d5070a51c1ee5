"""The rotations: one row in the complex plane, and all angles by position."""

import math

import numpy as np
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.model_walk import Walk

HEAD_DIM, THETA, POSITIONS = 128, 500000.0, 17  # a head of the 8B, and the prompt of this kata
ROW = 3  # as in the walk-through
SHOWN = (0, 4, 8, 12, 16, 24, 63)  # of the pairs; more would overlap


def draw(walk: Walk) -> Figure:
    """Draw the table of `precompute_freqs_cis` for a head as wide as the 8B's."""
    table = walk.find("precompute_freqs_cis")(HEAD_DIM, POSITIONS, THETA).numpy()
    figure = style.new_figure(
        4.6,
        "Every position turns the pairs further, each at its own speed",
        "freqs_cis for one head of the 8B: 64 pairs, theta = 500000.",
    )
    _draw_row(figure, table[ROW])
    _draw_angles(figure, np.unwrap(np.angle(table), axis=0))
    return figure


def _draw_row(figure: Figure, row: np.ndarray) -> None:
    axes = style.panel(figure, 0.75, 1.1, 2.9, 2.9)
    axes.set_title(f"position {ROW}: the row freqs_cis[{ROW}]")
    around = np.linspace(0, 2 * math.pi, 100)
    axes.plot(np.cos(around), np.sin(around), color=style.PALE, lw=1)
    axes.axhline(0, color=style.PALE, lw=0.8)
    axes.axvline(0, color=style.PALE, lw=0.8)
    for pair in SHOWN:
        axes.plot([0, row[pair].real], [0, row[pair].imag], color=style.SKY, lw=1)
    axes.plot(row.real, row.imag, ".", color=style.BLUE, ms=5)
    for pair in SHOWN[:5]:
        place = 1.13 * row[pair]
        axes.text(place.real, place.imag, str(pair), ha="center", va="center", size=style.SMALL)
    axes.text(1.08, -0.14, "63", size=style.SMALL, ha="center")
    axes.set(xlim=(-1.3, 1.3), ylim=(-1.3, 1.3), xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    axes.set(xlabel="real part", ylabel="imaginary part")


def _draw_angles(figure: Figure, angles: np.ndarray) -> None:
    axes = style.panel(figure, 4.55, 1.1, 2.45, 2.9)
    axes.set_title("angles (labels: radians per position)")
    for turns in (1, 2):
        axes.axhline(turns * 2 * math.pi, color=style.PALE, lw=1)
        axes.text(
            0.2,
            turns * 2 * math.pi + 0.2,
            f"{turns} turn{'s' * (turns > 1)}",
            size=style.TINY,
            color=style.GREY,
        )
    for pair in SHOWN:
        axes.plot(angles[:, pair], color=style.BLUE, lw=1.5)
    for pair in (0, 4, 8, 12, 63):
        end = angles[-1, pair]
        axes.text(16.4, end, f"pair {pair}: {end / 16:.2g} rad", size=style.SMALL, va="center")
    axes.set(xlim=(0, 16), ylim=(-0.4, 16.6), xticks=range(0, 17, 4), yticks=range(0, 17, 4))
    axes.set(xlabel="position", ylabel="angle in radians")
