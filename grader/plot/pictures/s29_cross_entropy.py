"""The loss as a curve over the probability, and at every token of the prompt, on one scale."""

import math

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.model_walk import Walk

_ANSWER = "42"
_HIGHEST = 2.3  # of the losses shown
_CHOICES = (2, 4, 8)


def draw(walk: Walk) -> Figure:
    """Draw the curve, and the tiny model's loss at each token of the prompt and the answer."""
    walk = walk.on(walk.prompt + _ANSWER)
    targets = torch.tensor(walk.tokens[1:])  # [T]
    logits = torch.stack([walk.logits(walk.n_layers, t) for t in range(len(targets))])  # [T, V]
    cross_entropy = walk.find("cross_entropy")
    losses = [
        float(cross_entropy(logits[t : t + 1], targets[t : t + 1])) for t in range(len(targets))
    ]
    probabilities = logits.softmax(-1)[range(len(targets)), targets].tolist()
    figure = style.new_figure(
        4.75,
        "The loss counts what the model could not know",
        "The tiny model reads the prompt and the answer. Left and right have the same scale.",
    )
    curve = style.panel(figure, 0.75, 1.2, 2.5, 2.4)
    _draw_curve(curve, losses, probabilities)
    bars = style.panel(figure, 3.5, 1.2, 4.1, 2.4)
    _draw_bars(bars, losses, probabilities, walk.pieces(targets.tolist()))
    mean = float(cross_entropy(logits, targets))
    for axes in (curve, bars):
        axes.axhline(mean, color=style.ORANGE, lw=1.2, zorder=0)
        axes.set(ylim=(0, _HIGHEST))
    bars.text(len(losses) - 0.3, mean, f"mean {mean:.2f}", va="center", size=style.TINY)
    return figure


def _draw_curve(axes: Axes, losses: list[float], probabilities: list[float]) -> None:
    """Draw the loss of any probability, and a dot for each token."""
    p = torch.linspace(math.exp(-_HIGHEST), 1.0, 200)
    axes.plot(p, -p.log(), color=style.GREY, lw=1.2, zorder=1)
    axes.plot(probabilities, losses, "o", color=style.BLUE, ms=4.5, alpha=0.7, mew=0)
    axes.set(xlim=(0, 1.03), xlabel="probability of the token that comes", ylabel="loss")
    axes.set_title("loss = -ln p")
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "1/4", "1/2", "3/4", "1"])


def _draw_bars(
    axes: Axes, losses: list[float], probabilities: list[float], pieces: list[str]
) -> None:
    """Draw the losses of the tokens, with their probabilities, and lines for even choices."""
    axes.bar(range(len(losses)), losses, color=style.BLUE, width=0.7)
    for place, (loss, probability) in enumerate(zip(losses, probabilities, strict=True)):
        axes.text(place, loss + 0.05, f"{100 * probability:.0f}", ha="center", size=style.TINY)
    for count in _CHOICES:
        axes.axhline(math.log(count), color=style.PALE, lw=0.8, zorder=0)
        words = f"{count} even\nchoices"
        axes.text(len(losses) - 0.3, math.log(count), words, va="center", size=style.TINY)
    axes.set_title("loss of each token, and its probability in percent")
    axes.set(xlim=(-0.6, len(losses) - 0.4), yticks=[])
    axes.set_xticks(range(len(pieces)), pieces, rotation=90, fontsize=style.TINY)
    axes.tick_params(bottom=False)
    axes.spines["left"].set_visible(False)
