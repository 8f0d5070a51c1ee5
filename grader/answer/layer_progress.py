"""How far a run through the layers is."""

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from grader.answer.open_checkpoint import Opened


class LayerProgress:
    """A bar over the bytes of the weights, with the layer that the model is at."""

    def __init__(self, console: Console, opened: Opened, resident: bool) -> None:
        """Stand at the beginning; `resident` when all weights are loaded before the first layer."""
        self._layers = int(opened.params["n_layers"])
        self._doing = "loading" if resident else "embedding"
        self._bar = Progress(
            TextColumn("{task.description:<16}"),
            BarColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        total = sum(opened.mapped(name).nbytes for name in opened.weights)
        self._task = self._bar.add_task(self._doing, total=total)

    def __enter__(self) -> "LayerProgress":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def entered(self, layer: int, bytes_before: int) -> None:
        """Show that the model has come to a layer, and asked for so many bytes before it."""
        named = f"layer {layer + 1} of {self._layers}" if layer < self._layers else "output"
        self._bar.update(self._task, advance=bytes_before, description=named)

    def loaded(self, count: int) -> None:
        """Show that so many more bytes are on the device."""
        self._bar.advance(self._task, count)
