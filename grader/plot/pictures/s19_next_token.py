"""The ten most likely next tokens with their logits and probabilities."""

import torch
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.model_walk import Walk

_SHOWN = 10


def draw(walk: Walk) -> Figure:
    """Draw the top ten after the prompt."""
    logits = walk.logits(walk.n_layers, len(walk.tokens) - 1)
    top = torch.topk(logits, _SHOWN)
    shares = torch.softmax(logits, dim=-1)[top.indices].tolist()
    pieces = walk.pieces(top.indices.tolist())
    figure = style.new_figure(
        4.2,
        f"The model says {pieces[0]}",
        f"The ten most likely of {len(logits)} tokens after: {walk.prompt.replace(' ', '·')}",
    )
    colors = [style.BLUE] + [style.SKY] * (_SHOWN - 1)
    for place, (title, values, words) in enumerate(
        [
            ("logits", top.values.tolist(), [f"{one:.2f}" for one in top.values.tolist()]),
            ("probabilities (their softmax)", shares, [f"{100 * one:.2f} %" for one in shares]),
        ]
    ):
        axes = style.panel(figure, 0.9 + place * 4.0, 1.05, 2.8, 2.9)
        axes.set_title(title)
        axes.barh(range(_SHOWN), values, color=colors, height=0.75)
        axes.set(ylim=(_SHOWN - 0.4, -0.6), xlim=(0, max(values)), xticks=[])
        axes.set_yticks(range(_SHOWN), pieces, fontsize=style.BODY)
        axes.tick_params(left=False)
        axes.spines["bottom"].set_visible(False)
        for row, (value, word) in enumerate(zip(values, words, strict=True)):
            axes.text(value + 0.02 * max(values), row, word, va="center", size=style.SMALL)
    return figure
