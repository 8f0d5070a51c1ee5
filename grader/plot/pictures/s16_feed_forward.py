"""The gates of a feed-forward layer: the curve, its inputs, and what passes."""

from dataclasses import dataclass

import torch
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.model_walk import Walk

_SHOWN = 16  # gates of the last token
_SHUT = 0.3  # a gate this close to 0 lets little pass


@dataclass(frozen=True)
class _Gates:
    """The values inside a feed-forward layer, each `[T, F]`."""

    z: torch.Tensor  # what the gates are made from
    gate: torch.Tensor  # SiLU(z)
    up: torch.Tensor  # what would pass
    passed: torch.Tensor  # gate times up


def draw(walk: Walk, layer: int = 1) -> Figure:
    """Draw SiLU above its inputs in one layer, and what passes for the last token."""
    gates = _gates(walk, layer)
    shut = float((gates.gate.abs() < _SHUT).float().mean())
    figure = style.new_figure(
        4.75,
        f"The gate decides what passes: the feed-forward of layer {layer}",
        f"{gates.z.shape[0]} tokens with {gates.z.shape[1]} gates each; {100 * shut:.0f} % of the "
        f"gates, SiLU(z), are within {_SHUT} of 0.",
    )
    _draw_curve(figure, walk, gates)
    _draw_passing(figure, gates)
    return figure


def _gates(walk: Walk, layer: int) -> _Gates:
    """Return the values inside the feed-forward layer, whose function returns only its result.

    Every vector gets a constant 1 as one more entry, and the weights select it as what passes. The
    learner's own function then returns the gate alone.
    """
    x = walk.normed(walk.after_attention(layer), walk.weight("ffn_norm", layer))
    w1, w3 = walk.weight("feed_forward.w1", layer), walk.weight("feed_forward.w3", layer)
    feed_forward, eye = walk.find("feed_forward"), torch.eye(len(w1))
    with_one = torch.cat([x, torch.ones(len(x), 1)], dim=1)  # [T, D + 1]
    wide = torch.cat([w1, torch.zeros(len(w1), 1)], dim=1)  # [F, D + 1]
    one = torch.zeros_like(wide)  # [F, D + 1]
    one[:, -1] = 1
    gate = feed_forward(with_one, wide, eye, one)  # [T, F]
    return _Gates(x @ w1.T, gate, x @ w3.T, feed_forward(x, w1, eye, w3))


def _silu(walk: Walk, z: torch.Tensor) -> torch.Tensor:
    """Return the gate's curve, taken from the learner's function in the same way, `[n]`."""
    x = torch.stack([z, torch.ones_like(z)], dim=1)  # [n, 2]
    first, second, back = torch.tensor([[1.0, 0]]), torch.tensor([[0, 1.0]]), torch.ones(1, 1)
    return walk.find("feed_forward")(x, first, back, second)[:, 0]


def _draw_curve(figure: Figure, walk: Walk, gates: _Gates) -> None:
    z = gates.z
    low, high = float(z.min().floor()), float(z.max().ceil())
    axes = style.panel(figure, 0.75, 1.1, 3.5, 1.75)
    axes.set_title("the gate: SiLU(z)")
    line = torch.linspace(low, high, 120)
    axes.axhline(0, color=style.PALE, lw=0.8)
    axes.plot(line.tolist(), _silu(walk, line).tolist(), color=style.BLUE, lw=2.2)
    axes.set(xlim=(low, high), ylabel="gate")
    axes.set_xticks([])
    below = style.panel(figure, 0.75, 3.15, 3.5, 1.05)
    below.hist(z.flatten().numpy(), bins=50, range=(low, high), color=style.SKY)
    below.set(xlim=(low, high), xlabel="z = x · w1ᵀ", ylabel="count")
    below.set_title("the z of all tokens and gates")


def _draw_passing(figure: Figure, gates: _Gates) -> None:
    axes = style.panel(figure, 5.15, 1.1, 3.2, 3.1)
    axes.set_title(f"the last token, gates 0 to {_SHOWN - 1}")
    rows = range(_SHOWN)
    axes.barh(rows, gates.up[-1, :_SHOWN].tolist(), color=style.PALE, height=0.8)
    axes.barh(rows, gates.passed[-1, :_SHOWN].tolist(), color=style.BLUE, height=0.4)
    axes.axvline(0, color=style.GREY, lw=0.8)
    axes.set(ylim=(_SHOWN - 0.4, -0.6), yticks=range(0, _SHOWN, 5), ylabel="gate number")
    style.key(figure, 5.15, 4.62, style.PALE, "would pass: up")
    style.key(figure, 6.75, 4.62, style.BLUE, "passes: gate · up")
