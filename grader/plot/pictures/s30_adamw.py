"""Llama 3's learning rate, and the paths of gradient descent and AdamW through a narrow valley."""

from collections.abc import Callable

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from grader.plot import style
from grader.plot.model_walk import Walk

_WARMUP, _TOTAL, _PEAK, _FLOOR = 8_000, 1_200_000, 8e-5, 8e-7  # of the 405B
_SLOPES = torch.tensor([1.0, 100.0])  # along the valley and across it
_START = torch.tensor([-4.0, 1.0])
_STEPS = 30
_LARGEST = 0.019  # about the largest rate with which gradient descent doesn't diverge
_LEVELS = (0.5, 2.0, 8.0, 20.0, 50.0)

Step = Callable[[torch.Tensor, torch.Tensor, int], torch.Tensor]


def draw(walk: Walk) -> Figure:
    """Draw the learning rate over a training, and 30 steps of both ways."""
    figure = style.new_figure(
        4.75,
        "How far each weight goes",
        f"Two weights, and a loss that is {float(_SLOPES[1]):.0f} times as steep across the valley "
        f"as along it. Both ways take {_STEPS} steps.",
    )
    _draw_rates(style.panel(figure, 0.75, 1.2, 2.15, 2.5), walk)
    descent = style.panel(figure, 3.6, 1.2, 2.25, 2.5)
    _draw_path(descent, _path(_down), "gradient descent", style.ORANGE)
    adamw = style.panel(figure, 6.15, 1.2, 2.25, 2.5)
    _draw_path(adamw, _path(_adamw(walk)), "AdamW", style.BLUE)
    descent.set_ylabel("second weight")
    adamw.set_yticklabels([])
    style.key(figure, 3.6, 4.5, style.PALE, "lines of equal loss")
    style.key(figure, 5.35, 4.5, style.INK, "the start; a cross marks the lowest loss")
    return figure


def _draw_rates(axes: Axes, walk: Walk) -> None:
    """Draw Llama 3's learning rate at every 8,000th step, and somewhat beyond the last."""
    rate = walk.find("learning_rate")
    steps = [1, *range(_WARMUP, _TOTAL + 20 * _WARMUP, _WARMUP)]
    rates = [1e5 * rate(step, _WARMUP, _TOTAL, _PEAK, _FLOOR) for step in steps]
    axes.plot([step / 1e6 for step in steps], rates, color=style.GREEN, lw=1.8)
    axes.set(ylim=(0, 9), xlim=(-0.04, 1.4), xlabel="step, in millions", yticks=[0, 2, 4, 6, 8])
    axes.set_ylabel("rate, in hundred-thousandths")
    axes.set_title("the 405B's schedule")
    axes.text(0.06, 8.35, "warm-up: 8,000 steps", size=style.TINY)


def _loss(weights: torch.Tensor) -> float:
    return float((_SLOPES * weights.square()).sum()) / 2


def _path(step_from: Step) -> torch.Tensor:
    """Return where each step leads, with the start first, `[31, 2]`."""
    path = [_START]
    for step in range(1, _STEPS + 1):
        path.append(step_from(path[-1], _SLOPES * path[-1], step))
    return torch.stack(path)


def _down(weights: torch.Tensor, gradient: torch.Tensor, step: int) -> torch.Tensor:
    return weights - _LARGEST * gradient


def _adamw(walk: Walk) -> Step:
    """Return a function that takes AdamW's steps, and keeps its averages."""
    adamw_step, rate = walk.find("adamw_step"), walk.find("learning_rate")
    averages = [torch.zeros(2), torch.zeros(2)]

    def take(weights: torch.Tensor, gradient: torch.Tensor, step: int) -> torch.Tensor:
        lr = rate(step, 4, _STEPS, 0.25, 0.0)
        moved, *averages[:] = adamw_step(
            weights, gradient, *averages, step, lr, 0.9, 0.95, 1e-8, 0.0
        )
        return torch.as_tensor(moved)

    return take


def _draw_path(axes: Axes, path: torch.Tensor, name: str, colour: str) -> None:
    """Draw the lines of equal loss and a path across them."""
    for level in _LEVELS:
        width, height = (2 * (2 * level / _SLOPES).sqrt()).tolist()
        axes.add_patch(Ellipse((0, 0), width, height, fill=False, color=style.PALE, lw=1.0))
    axes.plot(*path.T.tolist(), "-o", color=colour, lw=1.2, ms=2.8, mew=0)
    axes.plot(*path[0].tolist(), "o", color=style.INK, ms=4.5)
    axes.plot(0, 0, "x", color=style.INK, ms=6)
    axes.set(xlim=(-4.6, 1.6), ylim=(-1.25, 1.25), xlabel="first weight", yticks=[-1, 0, 1])
    axes.set_title(f"{name}: loss {_loss(path[-1]):.2f}")
