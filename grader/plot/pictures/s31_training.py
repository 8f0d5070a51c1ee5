"""The loss of the first steps from noise, and which tokens of one text are learned first."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.model_walk import Walk

TEXTS = (
    "the answer to the ultimate question of life, the universe, and everything is 42",
    "the answer to the ultimate riddle of life, everything, and time is 48",
    "the answer to the first question of life, everything, and time is 32",
    "the answer to the first puzzle of everything, life, and time is 17",
    "the answer to the last question of everything, time, and life is 55",
    "the answer to the great problem of time, life, and everything is 24",
    "nine times two is 18",
    "two times nine is 18",
)
STEPS, LEARNING_RATE = 40, 5e-3
_SHOWN = (0, 2, 5, 10, 20, 40)  # steps, in the map
_SEED = 42

Weights = dict[str, torch.Tensor]


def draw(walk: Walk) -> Figure:
    """Draw the curve, and a map with one row per chosen step and one column per token."""
    figure = style.new_figure(
        4.6,
        "From noise to eight sentences learned by heart",
        "The loss of a model as large as the tiny one in its first steps, and the loss at each "
        "token of the first sentence.",
    )
    batch = batch_of(walk)
    states = list(training(walk, batch))
    curve = style.panel(figure, 0.7, 1.2, 2.6, 2.75)
    _draw_curve(curve, [loss for loss, _ in states], walk.params["vocab_size"])
    tokens = style.panel(figure, 4.15, 1.75, 4.2, 2.2)
    _draw_tokens(tokens, walk, batch[0], [states[step][1] for step in _SHOWN])
    return figure


def batch_of(walk: Walk) -> torch.Tensor:
    """Return the texts as rows, filled up with end-of-text, `[B, T + 1]`."""
    end = len(walk.ranks) + 1
    rows = [walk.find("encode_prompt")(walk.tokenizer, text) + [end] for text in TEXTS]
    longest = max(map(len, rows))
    return torch.tensor([row + [end] * (longest - len(row)) for row in rows])


def noise(walk: Walk) -> Weights:
    """Return random weights of the tiny model's shapes; the norms start at 1."""
    draw = partial(torch.rand, generator=torch.Generator().manual_seed(_SEED))
    return {
        name: torch.ones_like(weight)
        if weight.ndim == 1
        else (2 * draw(weight.shape) - 1) * (3 / weight.shape[1]) ** 0.5
        for name, weight in walk.weights.items()
    }


def training(walk: Walk, batch: torch.Tensor) -> Iterator[tuple[float, Weights]]:
    """Yield the loss and the weights before each of the steps, and after the last."""
    weights, train_step = noise(walk), walk.find("train_step")
    optimizer: dict[str, Any] = {
        "step": 0,
        "mean": {name: torch.zeros_like(weight) for name, weight in weights.items()},
        "variance": {name: torch.zeros_like(weight) for name, weight in weights.items()},
        "beta1": 0.9,
        "beta2": 0.95,
        "eps": 1e-8,
        "weight_decay": 0.1,
        "max_norm": 1.0,
    }
    for _ in range(STEPS):
        before = weights
        loss, weights, optimizer = train_step(batch, before, optimizer, walk.params, LEARNING_RATE)
        yield loss, before
    with torch.no_grad():
        yield float(walk.find("batch_loss")(batch, weights, walk.params)), weights


def losses_of(walk: Walk, row: torch.Tensor, weights: Weights) -> torch.Tensor:
    """Return the loss at each position of one text, `[T]`."""
    with torch.no_grad():
        hidden = walk.find("transformer")(row[:-1], weights, walk.params)
        logits = hidden @ weights["output.weight"].T  # [T, V]
        pairs = zip(logits.split(1), row[1:].split(1), strict=True)
        return torch.stack([walk.find("cross_entropy")(*pair) for pair in pairs])


def _draw_curve(axes: Axes, losses: list[float], vocabulary: int) -> None:
    equal = float(torch.tensor(float(vocabulary)).log())
    axes.axhline(equal, color=style.GREY, lw=0.9, ls="--")
    axes.text(STEPS, equal + 0.12, f"all {vocabulary} equally likely", ha="right", size=style.TINY)
    axes.plot(range(STEPS + 1), losses, color=style.BLUE, lw=1.8)
    axes.set(xlabel="steps", xlim=(0, STEPS), ylim=(0, 8))
    axes.set_title("loss of the batch")


def _draw_tokens(axes: Axes, walk: Walk, row: torch.Tensor, chosen: list[Weights]) -> None:
    values = torch.stack([losses_of(walk, row, weights) for weights in chosen])  # [steps, T]
    image = axes.imshow(values, cmap=style.AMOUNT, vmin=0, vmax=9, aspect="auto")
    style.label_tokens(axes, walk.pieces(row[1:].tolist()), rows=False)
    axes.set_yticks(range(len(_SHOWN)), [f"step {step}" for step in _SHOWN], fontsize=style.TINY)
    axes.xaxis.tick_top()
    axes.tick_params(top=False)
    axes.spines[:].set_visible(False)
    figure = axes.figure
    assert isinstance(figure, Figure)
    bar = figure.colorbar(image, ax=axes, orientation="horizontal", pad=0.08, fraction=0.05)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=style.TINY)
    bar.set_label("loss at this token", size=style.TINY)
