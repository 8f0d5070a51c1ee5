"""The weights while text is written.

Every token needs all the weights, so they stay in memory if they fit, unlike in `grader answer`,
which runs the model once.
"""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from rich.console import Console
from rich.text import Text

from grader.answer.layered_weights import LayeredWeights, LayerProgress, weights_for
from grader.answer.mapped_pages import Pages
from grader.answer.open_checkpoint import FindFunction, Opened
from grader.answer.run_plan import make_plan
from grader.errors import UsageError
from grader.free_memory import free_memory, free_on_device
from grader.language import tr

_GB = 10**9
_BESIDE_WEIGHTS = 1_000_000_000  # bytes for torch itself, the cache and intermediate results
_LARGE = 1_000_000_000  # bytes; nothing is said about smaller checkpoints
_ROWS = 4096  # how many rows of a weight are quantized or restored at a time
_EMBEDDING = "tok_embeddings.weight"


def weights_to_write_with(opened: Opened, device: str, console: Console) -> dict[str, torch.Tensor]:
    """Return a checkpoint's weights for writing on a device, and say where they are.

    Raises:
        UsageError: if the device doesn't have enough memory.
    """
    if device != "cpu":
        plan = make_plan(opened, device)
        if plan.words:
            console.print(Text(plan.words, style="dim"))
        with _progress(console, opened, plan.resident) as progress:
            return weights_for(opened, plan, progress)
    whole = bytes_of_weights(opened)
    fits = whole + _BESIDE_WEIGHTS < free_memory()
    if whole > _LARGE:
        console.print(Text(_where(whole / _GB, free_memory() / _GB, fits), style="dim"))
    if fits:  # mapped from the file, which is read when the first token needs it
        return {name: opened.weights[name] for name in opened.weights}
    console.print(Text(tr("Every token reads the file again. --int8 needs half the memory.")))
    return LayeredWeights(opened, device, lambda *_: None)


def _where(size: float, free: float, fits: bool) -> str:
    """Return how large the weights are, and whether they fit in memory (in gigabytes)."""
    if fits:
        return tr(
            "{size:.2f} GB of weights. They stay in memory: {free:.1f} GB of memory are free.",
            size=size,
            free=free,
        )
    return tr(
        "{size:.2f} GB of weights. That's too much: {free:.1f} GB of memory are free.",
        size=size,
        free=free,
    )


def bytes_of_weights(opened: Opened) -> int:
    """Return the bytes of a checkpoint's weights; one that is used twice counts once."""
    mapped = [opened.mapped(name) for name in opened.weights]
    return sum({one.data_ptr(): one.nbytes for one in mapped}.values())


class Int8Weights(dict[str, torch.Tensor]):
    """Weights stored as one byte per number; they are restored one layer at a time."""

    def __init__(
        self, opened: Opened, device: str, function: FindFunction, console: Console
    ) -> None:
        """Quantize all matrices except for the embedding, of which few rows are used.

        Args:
            function: returns a function of stage 28.

        Raises:
            UsageError: if the device doesn't have enough memory.
        """
        super().__init__({name: torch.empty(0) for name in opened.weights})
        _check_memory(opened, device)
        self._dequantize = function("dequantize_rows")
        self._kept: dict[str, torch.Tensor] = {}
        self._codes: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
        self._dtypes: dict[str, torch.dtype] = {}
        self._layer, self._restored = "", dict[str, torch.Tensor]()
        pages = Pages(opened.files)
        with _progress(console, opened, resident=True) as progress:
            for name in opened.weights:
                mapped, weight = opened.mapped(name), opened.weights[name]
                if weight.dim() < 2 or name == _EMBEDDING:
                    self._kept[name] = weight.to(device)
                else:
                    self._codes[name] = _quantized(weight.to(device), function("quantize_rows"))
                    self._dtypes[name] = weight.dtype
                    pages.release(mapped)
                progress.advance(progress.task_ids[0], mapped.nbytes)
        self.nbytes = sum(one.nbytes for pair in self._codes.values() for one in pair)
        self.nbytes += sum(one.nbytes for one in self._kept.values())

    def __getitem__(self, name: str) -> torch.Tensor:
        if name in self._kept:
            return self._kept[name]
        layer = ".".join(name.split(".")[:2])  # such as "layers.3" or "output.weight"
        if layer != self._layer:
            self._layer, self._restored = layer, {}
        if name not in self._restored:
            codes, scale = self._codes[name]
            whole = torch.empty(codes.shape, dtype=self._dtypes[name], device=codes.device)
            for first in range(0, len(codes), _ROWS):
                rows = slice(first, first + _ROWS)
                whole[rows] = self._dequantize(codes[rows], scale[rows])
            self._restored[name] = whole
        return self._restored[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if super().__contains__(name) else default

    def __iter__(self) -> Iterator[str]:
        return iter(list(self.keys()))  # makes `dict(weights)` and `{**weights}` use __getitem__

    def items(self) -> Any:
        return [(name, self[name]) for name in self]

    def values(self) -> Any:
        return [self[name] for name in self]


def _progress(console: Console, opened: Opened, resident: bool) -> LayerProgress:
    progress = LayerProgress(console, opened, resident)
    progress.disable = not console.is_terminal
    return progress


def _quantized(
    weight: torch.Tensor, quantize: Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a weight's codes and scales, made from a few rows at a time."""
    parts = [quantize(rows) for rows in weight.split(_ROWS)]
    codes, scales = zip(*parts, strict=True)
    return torch.cat(codes), torch.cat(scales)


def _check_memory(opened: Opened, device: str) -> None:
    free = free_on_device(device)
    free = free_memory() if free is None else free
    sizes = {name: opened.mapped(name) for name in opened.weights}
    needed = sum(
        tensor.nbytes if name == _EMBEDDING and device != "cpu" else tensor.numel()
        for name, tensor in sizes.items()
    )
    if needed + _BESIDE_WEIGHTS > free:
        words = tr(
            "--int8 needs {needed:.1f} GB of memory here, but {free:.1f} GB are free: close other "
            "programs",
            needed=(needed + _BESIDE_WEIGHTS) / _GB,
            free=free / _GB,
        )
        raise UsageError(words)
