"""One row of scores, read in blocks: the running maximum, and the weights so far."""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.heat import SHARES, draw_scale, heat
from grader.plot.model_walk import Walk

_BLOCK = 4
_LAYER, _HEAD = 1, 2  # here, the maximum grows twice
_LEFT, _WIDTH = 1.55, 6.75


def draw(walk: Walk) -> Figure:
    """Draw the last token's scores in one head, and its weights after every block."""
    scores = walk.head(_LAYER, _HEAD).scores[-1]  # [S]
    pieces = walk.pieces(walk.tokens)
    figure = style.new_figure(
        5.6,
        f"Attention in blocks of {_BLOCK}: layer {_LAYER}, head {_HEAD}",
        "The last token reads all keys. Whenever the maximum grows, the weights so far shrink.",
    )
    bars = style.panel(figure, _LEFT, 1.1, _WIDTH, 1.5)
    _draw_scores(bars, scores)
    axes = style.panel(figure, _LEFT, 3.05, _WIDTH, 1.25)
    axes.set_title("the weights so far (gray: not read yet)")
    weights = _weights_after_blocks(walk, scores)
    read = torch.arange(len(scores)) < (torch.arange(len(weights))[:, None] + 1) * _BLOCK
    heat(axes, weights, SHARES, read)
    style.label_tokens(axes, pieces, rows=False)
    names = [f"after block {number + 1}" for number in range(len(weights))]
    axes.set_yticks(range(len(names)), names, fontsize=style.TINY)
    draw_scale(figure, 0.35, 5.2, 0.9, SHARES)
    return figure


def _weights_after_blocks(walk: Walk, scores: torch.Tensor) -> torch.Tensor:
    """Return the weights after each block, `[n, S]`, as the stage's function computes them.

    Keys of width 1 are the scores themselves if the query is 1, and with values that are 0 except
    for one, the result is that one's weight.
    """
    attend = walk.find("attention_in_blocks")
    query, keys = torch.ones(1, 1), scores[:, None]
    rows = []
    for end in range(_BLOCK, len(scores) + _BLOCK, _BLOCK):
        seen = keys[:end]  # [S so far, 1]
        row = torch.zeros(len(scores))
        for token, one in enumerate(torch.eye(len(seen))):
            row[token] = attend(query, seen, one[:, None], _BLOCK)
        rows.append(row)
    return torch.stack(rows)


def _draw_scores(axes: Axes, scores: torch.Tensor) -> None:
    """Draw the scores as bars, and the maximum after each block as a line above the block."""
    axes.bar(range(len(scores)), scores.tolist(), color=style.PALE, width=0.75)
    for start in range(0, len(scores), _BLOCK):
        end = min(start + _BLOCK, len(scores))
        largest = float(scores[:end].max())
        axes.plot([start - 0.45, end - 0.55], [largest, largest], color=style.BLUE, lw=1.8)
        place = start - 0.4, largest + 0.6
        axes.text(*place, f"{largest:.1f}", size=style.TINY, color=style.BLUE)
        if start:
            axes.axvline(start - 0.5, color=style.GREY, lw=0.6)
    axes.axhline(0, color=style.GREY, lw=0.6)
    axes.set(xlim=(-0.5, len(scores) - 0.5), xticks=[], title="the scores, and the largest so far")
    axes.spines["bottom"].set_visible(False)
