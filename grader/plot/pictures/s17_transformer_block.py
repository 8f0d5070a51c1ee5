"""The residual stream: what each half of a layer adds to the vectors, and how they grow."""

import torch
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.model_walk import Walk


def draw(walk: Walk) -> Figure:
    """Draw the mean size of the token vectors along the stream, and of every change."""
    stream = [walk.before(0)]
    for layer in range(walk.n_layers):
        stream += [walk.after_attention(layer), walk.before(layer + 1)]
    sizes = [_size(x) for x in stream]
    added = [_size(after - before) for before, after in zip(stream, stream[1:], strict=False)]
    figure = style.new_figure(
        4.5,
        "Each half of a layer adds a change to the stream",
        f"Size: the root mean square of a vector, averaged over the {len(walk.tokens)} tokens.",
    )
    axes = style.panel(figure, 0.8, 0.95, 7.5, 2.65)
    places = range(1, len(sizes))
    colors = [style.ORANGE, style.BLUE] * walk.n_layers
    axes.bar(places, added, color=colors, width=0.55)
    axes.plot(range(len(sizes)), sizes, "o-", color=style.INK, lw=1.5, ms=5)
    for place, size in enumerate(sizes):
        axes.text(place - 0.07, size + 0.2, f"{size:.1f}", ha="right", size=style.SMALL)
    names = [f"layer {n}\n{half}" for n in range(walk.n_layers) for half in ("attn", "ffn")]
    axes.set_xticks(range(len(sizes)), ["embed-\nding", *names])
    axes.set(ylabel="size", xlim=(-0.5, len(sizes) - 0.5), ylim=(0, 1.15 * max(sizes)))
    style.key(figure, 0.8, 4.3, style.INK, "the vectors so far")
    style.key(figure, 2.7, 4.3, style.ORANGE, "added by attention")
    style.key(figure, 4.8, 4.3, style.BLUE, "added by the feed-forward")
    return figure


def _size(x: torch.Tensor) -> float:
    return float(x.pow(2).mean(-1).sqrt().mean())
