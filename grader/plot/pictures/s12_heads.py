"""Heads: bands of rows of wq and wk, and what they make of one token."""

import torch
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.boxes import box, canvas, words
from grader.plot.model_walk import Walk

_INCH = 0.052  # height of a row
_COLOURS = (style.BLUE, style.ORANGE, style.GREEN, style.RED, style.PURPLE, style.SKY)


def draw(walk: Walk) -> Figure:
    """Draw both matrices split into heads, and beside them the last token's queries and keys."""
    figure = style.new_figure(
        4.75,
        "A head is a band of neighboring rows",
        f"Layer 0, the last token: each row gives one number, and {walk.head_dim} rows give "
        "the vector of one head.",
    )
    _draw_matrix(figure, walk, "wq", walk.n_heads, 0.2, "queries")
    _draw_matrix(figure, walk, "wk", walk.n_kv_heads, 4.6, "keys")
    note = "wv is split like wk. Their heads are as wide as those of wq;\nthere are just fewer."
    style.write(figure, 4.6, 3.3, note, size=style.SMALL, color=style.GREY)
    return figure


def _draw_matrix(
    figure: Figure, walk: Walk, name: str, n_heads: int, left: float, made: str
) -> None:
    axes = canvas(figure)
    x = walk.normed(walk.before(0), walk.weight("attention_norm", 0))
    heads = walk.find("split_heads")(walk.weight(f"attention.{name}", 0), n_heads)
    rows, columns = heads.shape[1], heads.shape[2]
    numbers = torch.cat([walk.find("project")(x, head)[-1] for head in heads])
    width, height, top = columns * 0.037, rows * _INCH, 1.2
    words(axes, left, 1.02, f"{name}, [{n_heads * rows}, {columns}]", align="left", weight="bold")
    words(axes, left + width + 0.2, 1.02, f"the {made}", align="left", weight="bold")
    for head in range(n_heads):
        colour = _COLOURS[head % len(_COLOURS)]
        label = f"head {head}\nrows {head * rows} to {(head + 1) * rows - 1}"
        box(axes, left, top + head * height, width, height, label, colour, style.SMALL, mono=False)
    bars = style.panel(figure, left + width + 0.2, top, 1.4, n_heads * height)
    colours = [_COLOURS[row // rows % len(_COLOURS)] for row in range(len(numbers))]
    bars.barh(range(len(numbers)), numbers.tolist(), color=colours, height=0.75)
    bars.axvline(0, color=style.GREY, lw=0.6)
    limit = float(numbers.abs().max().ceil())
    bars.set(ylim=(len(numbers) - 0.5, -0.5), xlim=(-limit, limit), yticks=[])
    bars.spines["left"].set_visible(False)
    bars.set_xticks([-limit, 0, limit])
