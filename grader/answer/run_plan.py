"""Plan how to run a checkpoint: on which device, in how much memory, and for how long."""

import time
from dataclasses import dataclass
from pathlib import Path

import torch

from grader.answer.devices import Say, TooSmall, first_usable, why_unusable
from grader.answer.open_checkpoint import Opened
from grader.calls.plain_values import dtype_name
from grader.errors import UsageError
from grader.free_memory import free_memory, free_on_device
from grader.language import tr

_GB = 10**9
_BESIDE_WEIGHTS = 1_000_000_000  # bytes for torch itself and intermediate results
_LARGE = 1_000_000_000  # bytes; smaller checkpoints run too quickly to announce a time
_SAMPLE = 64 * 2**20  # bytes to read to measure the speed of the disk


@dataclass(frozen=True)
class Plan:
    """How a checkpoint will be run."""

    device: str
    resident: bool  # all weights are on the device at once, instead of a layer at a time
    words: str  # to print before running; empty for a small checkpoint


def choose_device(wanted: str, say: Say = lambda _words: None) -> str:
    """Return the device that `--device` means.

    Args:
        say: called with a line to print if `auto` finds a GPU that can't be used.

    Raises:
        UsageError: if torch can't use it here; never for `auto`.
    """
    if wanted == "auto":
        return first_usable(say)
    try:
        torch.device(wanted)
    except RuntimeError:
        words = tr("--device {device}: choose auto, cpu, cuda or mps", device=wanted)
        raise UsageError(words) from None
    if reason := why_unusable(wanted):
        words = tr("--device {device} can't be used here: {reason}", device=wanted, reason=reason)
        raise UsageError(words)
    return wanted


def make_plan(opened: Opened, device: str) -> Plan:
    """Return how to run a checkpoint on a device.

    Raises:
        UsageError: if there isn't enough memory.
    """
    sizes = {name: opened.mapped(name).nbytes for name in opened.weights}
    if opened.tied:
        sizes["output.weight"] = 0  # the embedding's
    whole = sum(sizes.values())
    layer = sum(size for name, size in sizes.items() if name.startswith("layers.0."))
    if whole < _LARGE and device == "cpu":
        return Plan(device, False, "")
    step = max(layer, *sizes.values())  # what has to be in memory at the same time
    free = free_on_device(device)
    resident = free is not None and whole + _BESIDE_WEIGHTS < free
    if free is not None and not resident and step + _BESIDE_WEIGHTS > free:
        words = tr(
            "{device} has {free:.1f} GB free, but one layer and its results need {needed:.1f} GB",
            device=device,
            free=free / _GB,
            needed=(step + _BESIDE_WEIGHTS) / _GB,
        )
        raise TooSmall(words)
    if device == "cpu" and free_memory() < _BESIDE_WEIGHTS:
        words = tr(
            "{free:.1f} GB of memory are free, but running a model needs {needed:.0f} GB in "
            "addition to its weights: close other programs",
            free=free_memory() / _GB,
            needed=_BESIDE_WEIGHTS / _GB,
        )
        raise UsageError(words)
    return Plan(device, resident, _words(opened, device, resident, whole, free))


def _words(opened: Opened, device: str, resident: bool, whole: int, free: int | None) -> str:
    params, dtype = opened.params, opened.mapped(next(iter(opened.weights))).dtype
    lines = [
        tr(
            "{size:.2f} GB of {dtype} weights in {layout} layout, {layers} layers.",
            size=whole / _GB,
            dtype=dtype_name(dtype),
            layout=tr(opened.layout),
            layers=params["n_layers"],
        ),
        _where(device, resident, (free or 0) / _GB),
    ]
    seconds = whole / _reading_rate(opened.files[0])
    if not resident and device == "cpu":
        seconds += whole / _computing_rate(dtype)
    lines.append(_how_long(seconds))
    return "\n".join(lines)


def _where(device: str, resident: bool, free: float) -> str:
    """Return where the weights are while the model runs.

    Args:
        free: gigabytes on the device.
    """
    if resident:
        return tr(
            "All of them go to {device}, which has {free:.1f} GB free.", device=device, free=free
        )
    if device == "cpu":
        return tr(
            "They stay in the file; one layer at a time is in memory ({free:.1f} GB of memory "
            "free).",
            free=free_memory() / _GB,
        )
    return tr(
        "They stay in the file; one layer at a time is on {device} ({free:.1f} GB of memory free).",
        device=device,
        free=free_memory() / _GB,
    )


def _how_long(seconds: float) -> str:
    if seconds < 90:
        return tr("It may take about {seconds} seconds.", seconds=max(1, round(seconds)))
    return tr("It may take about {minutes} minutes.", minutes=round(seconds / 60))


def _reading_rate(path: Path) -> float:
    """Return how many bytes per second can be read from a file."""
    with path.open("rb", buffering=0) as file:
        file.seek(path.stat().st_size // 2)
        begun = time.perf_counter()
        count = len(file.read(_SAMPLE))
        return max(count, 1) / max(time.perf_counter() - begun, 1e-6)


def _computing_rate(dtype: torch.dtype) -> float:
    """Return how many bytes of weights per second a matrix product can process."""
    weight = torch.ones(4096, 4096, dtype=dtype)
    x = torch.ones(17, 4096, dtype=dtype)
    x @ weight.T  # the first time costs more
    begun = time.perf_counter()
    x @ weight.T
    return weight.nbytes / (time.perf_counter() - begun)
