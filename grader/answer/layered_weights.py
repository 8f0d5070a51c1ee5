"""The model's weights, all on a device at once or one layer at a time.

A model asks for its weights layer by layer. So it is enough to hold one layer in memory: when the
model asks for a weight of another layer, the memory of the last one is released. A learner's code
that goes through the layers in order can thus run an 8B in little memory, and other code still
gets the right result.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import torch
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

from grader.answer.mapped_pages import Pages
from grader.answer.open_checkpoint import Opened
from grader.answer.run_plan import Plan
from grader.language import tr
from grader.report.wide_text import pad_cells

_WIDTH = 16  # columns for the current layer
_LAYER = re.compile(r"layers\.(\d+)\.")


class LayerProgress(Progress):
    """A progress bar over the bytes of the weights, with the current layer."""

    def __init__(self, console: Console, opened: Opened, resident: bool) -> None:
        """Start at 0.

        Args:
            resident: whether all weights are loaded before the first layer.
        """
        columns = BarColumn(), DownloadColumn(), TimeRemainingColumn()
        super().__init__("{task.description}", *columns, console=console, transient=True)
        self._layers = int(opened.params["n_layers"])
        loaded = [name for name in opened.weights if not (opened.tied and name == "output.weight")]
        total = sum(opened.mapped(name).nbytes for name in (loaded if resident else opened.weights))
        first = tr("loading") if resident else tr("embedding")
        self.add_task(pad_cells(first, _WIDTH), total=total)

    def entered(self, layer: int, bytes_before: int) -> None:
        """Show that the model has reached a layer, and asked for `bytes_before` in the last one."""
        named = tr("output")
        if layer < self._layers:
            named = tr("layer {layer} of {count}", layer=layer + 1, count=self._layers)
        shown = pad_cells(named, _WIDTH)
        self.update(self.task_ids[0], advance=bytes_before, description=shown)


def weights_for(opened: Opened, plan: Plan, progress: LayerProgress) -> dict[str, torch.Tensor]:
    """Return a checkpoint's weights as the plan says, and show the progress."""
    if not plan.resident:
        return LayeredWeights(opened, plan.device, progress.entered)
    pages = Pages(opened.files)
    names = list(opened.weights)
    weights: dict[str, torch.Tensor] = {}
    for name, following in zip(names, [*names[1:], None], strict=True):
        if following is not None:
            pages.want(opened.mapped(following))
        if opened.tied and name == "output.weight":
            weights[name] = weights["tok_embeddings.weight"]
            continue
        weights[name] = opened.weights[name].to(plan.device)
        pages.release(opened.mapped(name))
        progress.advance(progress.task_ids[0], weights[name].nbytes)
    return weights


class LayeredWeights(dict[str, torch.Tensor]):
    """A dict of weights with no more than one layer in memory."""

    def __init__(self, opened: Opened, device: str, entered: Callable[[int, int], None]) -> None:
        """Start before the first layer.

        Args:
            device: where to put each weight that is asked for.
            entered: called with each layer's index and the bytes asked for since the last call.
        """
        super().__init__({name: torch.empty(0) for name in opened.weights})
        self._weights, self._mapped, self._device = opened.weights, opened.mapped, device
        self._pages, self._entered = Pages(opened.files), entered
        self._layer = -1  # the embedding
        self._asked: dict[str, int] = {}  # bytes of the weights asked for in this layer

    def __getitem__(self, name: str) -> torch.Tensor:
        if name not in self._weights:
            raise KeyError(name)
        if self._layer_of(name) != self._layer:
            self._enter(self._layer_of(name))
        weight = self._weights[name]
        self._asked[name] = weight.nbytes
        return weight.to(self._device)

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self._weights else default

    def __iter__(self) -> Iterator[str]:
        return iter(self._weights)  # makes `dict(weights)` and `{**weights}` use __getitem__

    def items(self) -> Any:
        return [(name, self[name]) for name in self._weights]

    def values(self) -> Any:
        return [self[name] for name in self._weights]

    def _enter(self, layer: int) -> None:
        self._entered(layer, sum(self._asked.values()))
        for name in self._asked:
            self._pages.release(self._mapped(name))
        self._asked.clear()
        self._layer = layer
        if layer < 0:  # the embedding, of which few rows are used
            return
        for name in self._weights:
            if self._layer_of(name) == layer + 1:
                self._pages.want(self._mapped(name))

    def _layer_of(self, name: str) -> int:
        """Return a weight's layer: -1 for the embedding, and a large number after the layers."""
        if match := _LAYER.match(name):
            return int(match[1])
        return -1 if name == "tok_embeddings.weight" else len(self._weights)
