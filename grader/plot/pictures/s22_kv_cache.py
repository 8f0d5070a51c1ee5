"""One text in three calls: what the cache holds after each, and what the new tokens look at."""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from grader.plot import style
from grader.plot.heat import SHARES, around_zero, draw_scale, heat
from grader.plot.model_walk import Walk

_ENDS = (8, 13, 17)  # the tokens read after each call
_CELL = 0.148  # inches, a token
_KEYS_TALL, _LEFT, _BETWEEN = 1.2, 0.95, 0.82


def draw(walk: Walk, layer: int = 1, head: int = 0) -> Figure:
    """Draw a layer's keys in the cache after each call, and a head's weights in that call."""
    weights, pieces = walk.head(layer, head).weights, walk.pieces(walk.tokens)
    figure = style.new_figure(
        5.05,
        f"One text in three calls: layer {layer} of the tiny model",
        "Above: all keys in the cache, one column per token. Below: one row per new token, "
        "one column per key.",
    )
    left, begin = _LEFT, 0
    caches = list(_keys(walk, layer))
    scale = around_zero(caches[-1])
    for call, (keys, end) in enumerate(zip(caches, _ENDS, strict=True), start=1):
        wide, tall = end * _CELL, (end - begin) * _CELL
        axes = style.panel(figure, left, 1.15, wide, _KEYS_TALL)
        axes.set_title(f"call {call}: S = {begin}, T = {end - begin}")
        heat(axes, keys, scale)
        style.label_tokens(axes, [])
        _outline(axes, begin, end, len(keys))
        axes = style.panel(figure, left, 2.6, wide, tall)
        seen = weights[begin:end, :end]
        heat(axes, seen, SHARES, torch.ones_like(seen).tril(begin) > 0)
        style.label_tokens(axes, pieces[:end], rows=False)
        axes.set_yticks(range(end - begin), pieces[begin:end], fontsize=style.TINY)
        left, begin = left + wide + _BETWEEN, end
    style.write(figure, 0.2, 1.75, "keys", size=style.SMALL, color=style.GREY)
    draw_scale(figure, _LEFT, 4.75, 1.5, scale)
    draw_scale(figure, _LEFT + 2.2, 4.75, 1.5, SHARES)
    style.key(figure, _LEFT + 4.3, 4.85, style.ORANGE, "added by this call")
    style.key(figure, _LEFT + 6.0, 4.85, style.HIDDEN, "hidden by the mask")
    return figure


def _keys(walk: Walk, layer: int) -> list[torch.Tensor]:
    """Return the keys of all key/value heads of a layer after each call, `[K * d, S + T]`."""
    forward, tokens = walk.find("cached_forward"), torch.tensor(walk.tokens)
    begin, cache, found = 0, None, []
    for end in _ENDS:
        _, cache = forward(tokens[begin:end], walk.weights, walk.params, cache)
        found.append(cache[layer][0].transpose(1, 2).flatten(0, 1))
        begin = end
    return found


def _outline(axes: Axes, begin: int, end: int, rows: int) -> None:
    """Draw a frame around the columns that a call has added."""
    place, width = (begin - 0.5, -0.5), end - begin
    frame = Rectangle(place, width, rows, fill=False, edgecolor=style.ORANGE, lw=1.8, clip_on=False)
    axes.add_patch(frame)
