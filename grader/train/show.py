"""The display during training: a bar, and every few seconds a line with what the model says."""

from time import monotonic
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from grader.language import tr
from grader.train.pace import Pace

EVERY = 3.0  # seconds between two lines
_WIDE = 18  # columns of the bar, so that a line fits into 80
_AVERAGED = 10  # steps whose loss is averaged


class Screen:
    """A progress bar on a terminal, and lines that also go to a pipe."""

    def __init__(self, console: Console, total: int, done: int, note: str = "") -> None:
        """Start.

        Args:
            total: how many steps the training takes.
            done: how many have been taken already.
            note: stands at the end of the bar.
        """
        columns = (
            BarColumn(_WIDE),
            TextColumn("{task.completed}/{task.total}"),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
        )
        hidden = not console.is_terminal
        self._console = console
        self._bar = Progress(*columns, console=console, transient=True, disable=hidden)
        self._task = self._bar.add_task("", total=total, completed=done, figures="", note=note)
        self._width, self._next = len(f"{total:,}"), 0.0

    def __enter__(self) -> "Screen":
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def advance(self, step: int, figures: str) -> None:
        """Show a step's figures on the bar."""
        self._bar.update(self._task, completed=step, figures=figures)

    def is_time(self) -> bool:
        """Return whether it is time for another line."""
        return monotonic() >= self._next

    def line(self, step: int, words: str) -> None:
        """Print a line about a step; the next one follows after a few seconds."""
        number = f"{step:>{self._width},}"
        self._console.print(Text(tr("step {step}  {words}", step=number, words=words)))
        self._next = monotonic() + EVERY


def figures(losses: tuple[float, ...], held_out: tuple[tuple[int, float], ...]) -> str:
    """Return the loss, and that of the held-out rows if there are any, such as "loss 1.234"."""
    if not losses:
        return ""
    last = losses[-_AVERAGED:]
    loss = sum(last) / len(last)
    if held_out:
        other = held_out[-1][1]
        return tr("loss {loss:.3f}, held out {held_out:.3f}", loss=loss, held_out=other)
    return loss_in_words(loss)


def loss_in_words(loss: float) -> str:
    """Return such as "loss 1.234"."""
    return tr("loss {loss:.3f}", loss=loss)


def slow_note(pace: Pace) -> str:
    """Return what stands at the end of the bar: why a training is slow; '' if it isn't."""
    return tr("one row at a time") if pace.is_slow else ""


def speed(tokens: int, seconds: float) -> str:
    """Return how many tokens were learned from per second."""
    return tr("{rate:,.0f} tokens/s", rate=tokens / max(seconds, 1e-9))
