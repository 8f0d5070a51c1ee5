"""The contents of a checkpoint: one layer's matrices to scale, and where the parameters are."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from grader import llama3_8b
from grader.plot import style
from grader.plot.boxes import box, canvas, words
from grader.plot.model_walk import Walk

_MATRICES = (
    ("attention.wq", style.BLUE),
    ("attention.wk", style.BLUE),
    ("attention.wv", style.BLUE),
    ("attention.wo", style.BLUE),
    ("feed_forward.w1", style.ORANGE),
    ("feed_forward.w3", style.ORANGE),
    ("feed_forward.w2", style.ORANGE),
)
_PARTS = (  # a part of the model, what the names of its weights contain, its color
    ("embedding", "tok_embeddings", style.GREEN),
    ("attention", ".attention.", style.BLUE),
    ("feed-forward", ".feed_forward.", style.ORANGE),
    ("output", "output", style.PURPLE),
)
_INCH = 0.62 / 4096  # of a row or a column


def draw(walk: Walk) -> Figure:
    """Draw one layer of the 8B, and the shares of the parts in both models."""
    expected_shapes = walk.find("expected_shapes")
    figure = style.new_figure(
        5.45,
        "One layer of the 8B, with its matrices to scale",
        "Each matrix is [out, in]: rows from top to bottom, columns from left to right.",
    )
    axes = canvas(figure)
    shapes = expected_shapes(llama3_8b.PARAMS)
    left = 0.3
    for name, colour in _MATRICES:
        rows, columns = shapes[f"layers.0.{name}.weight"]
        width = columns * _INCH
        box(axes, left, 1.1, width, rows * _INCH, "", colour)
        short = name.split(".")[1]
        words(axes, left + width / 2, 0.95, short, weight="bold")
        below = 1.1 + rows * _INCH + 0.12
        words(axes, left + width / 2, below, f"{rows}", size=style.TINY)
        words(axes, left + width / 2, below + 0.16, f"× {columns}", size=style.TINY)
        left += width + 0.29
    words(axes, 0.2, 3.95, "Where the parameters are:", align="left", weight="bold")
    _draw_shares(axes, 4.15, "8B", llama3_8b.PARAMS, shapes)
    _draw_shares(axes, 4.6, "tiny", walk.params, expected_shapes(walk.params))
    for place, (part, _, colour) in enumerate(_PARTS):
        style.key(figure, 0.9 + 1.6 * place, 5.3, colour, part)
    return figure


def _draw_shares(
    axes: Axes, top: float, name: str, params: dict[str, Any], shapes: dict[str, tuple[int, ...]]
) -> None:
    words(axes, 0.2, top + 0.17, name, align="left")
    counts = {key: _product(shape) for key, shape in shapes.items()}
    total, left = sum(counts.values()), 0.9
    for _, part, colour in _PARTS:
        share = sum(count for key, count in counts.items() if part in key) / total
        width = 6.4 * share
        box(axes, left, top, width, 0.34, f"{100 * share:.1f} %", colour, style.SMALL, False)
        left += width
    words(axes, 8.4, top + 0.17, f"{total:,}", align="right", size=style.TINY)


def _product(shape: tuple[int, ...]) -> int:
    return shape[0] * (shape[1] if len(shape) > 1 else 1)
