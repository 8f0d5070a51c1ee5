"""The picture `loss`: the learner's training beside the reference's."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from rich.console import Console
from rich.text import Text

from grader.errors import UsageError
from grader.kata import Kata
from grader.language import tr
from grader.plot import style
from grader.train.curve_file import REFERENCE, Curve, learners_curve, read_curve
from grader.write_files import naming_out

_AVERAGED = 10  # steps


def run_plot_loss(kata: Kata, console: Console, format_name: str, out: Path) -> None:
    """Draw the curve of the learner's last training, and print the picture's file.

    Raises:
        UsageError: if nothing has been trained yet, or the file can't be written.
    """
    mine = learners_curve(kata)
    if mine is None:
        raise UsageError(tr("there is no curve yet: `grader train` makes one"))
    theirs = read_curve(REFERENCE)
    if theirs is not None and not mine.is_like(theirs):
        theirs = None
    path = out / f"loss.{format_name}"
    with style.look(), naming_out(out):
        out.mkdir(parents=True, exist_ok=True)
        style.save(draw_loss(mine, theirs), path)
    for line in (_what_is_shown(mine, theirs), str(path)):
        console.print(Text(line), soft_wrap=True)


def draw_loss(mine: Curve, theirs: Curve | None) -> Figure:
    """Return the picture of one curve, and of the reference's if it is of the same training."""
    whose = f"{mine.text}, seed {int(mine.recipe['seed'])}"
    note = f"{whose}; the mean of {_AVERAGED} steps, on a scale of powers of 2"
    figure = style.new_figure(4.6, "How wrong the predictions are while the model learns", note)
    axes = style.panel(figure, 0.75, 1.15, 7.5, 2.85)
    at = 0.75
    if theirs is not None:
        at += _curve(axes, figure, at, theirs, style.ORANGE, 3.5, "the reference")
    at += _curve(axes, figure, at, mine, style.BLUE, 1.4, "your last training")
    if mine.held_out:
        steps, losses = zip(*mine.held_out, strict=True)
        axes.plot(steps, losses, color=style.GREEN, linewidth=1.4)
        style.key(figure, at, 0.95, style.GREEN, "the held-out rows")
    axes.set(xlabel="step", ylabel="loss", xlim=(0, mine.recipe["steps"]), yscale="log")
    axes.yaxis.set_major_locator(LogLocator(base=2))  # most of what is learned is far down
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(NullLocator())
    return figure


def _curve(
    axes: Axes, figure: Figure, left: float, curve: Curve, colour: str, width: float, name: str
) -> float:
    """Draw one curve and its legend entry, and return how wide that is."""
    averaged = smoothed(curve.losses)
    axes.plot(range(1, len(averaged) + 1), averaged, color=colour, linewidth=width)
    style.key(figure, left, 0.95, colour, name)
    return 0.45 + 0.075 * len(name)


def smoothed(losses: list[float]) -> list[float]:
    """Return the mean of each loss and up to nine before it."""
    windows = [losses[max(0, end - _AVERAGED) : end] for end in range(1, len(losses) + 1)]
    return [sum(window) / len(window) for window in windows]


def _what_is_shown(mine: Curve, theirs: Curve | None) -> str:
    """Return which curves the picture shows, and how far down they go."""
    steps, done = int(mine.recipe["steps"]), len(mine.losses)
    first = tr(
        "loss: {done:,} of {steps:,} steps of your last training, down to {loss:.3f}.",
        done=done,
        steps=steps,
        loss=_last(mine),
    )
    if done == steps:
        first = tr(
            "loss: all {steps:,} steps of your last training, down to {loss:.3f}.",
            steps=steps,
            loss=_last(mine),
        )
    second = tr("The reference's curve is only of `grader train` without options but --seed.")
    if theirs is not None:
        second = tr(
            "The reference, with seed {seed}, got to {loss:.3f}.",
            seed=int(theirs.recipe["seed"]),
            loss=_last(theirs),
        )
    return tr("{first} {second}", first=first, second=second)


def _last(curve: Curve) -> float:
    return smoothed(curve.losses)[-1]
