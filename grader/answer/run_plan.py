"""Plan how to run a checkpoint: on which device, in how much memory, and for how long."""

import time
from dataclasses import dataclass
from pathlib import Path

import torch

from grader.answer.devices import USE_CPU, Say, first_usable, why_unusable
from grader.answer.open_checkpoint import Opened
from grader.calls.plain_values import dtype_name
from grader.errors import UsageError
from grader.free_memory import free_memory, free_on_device

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
        raise UsageError(f"--device {wanted}: choose auto, cpu, cuda or mps") from None
    if reason := why_unusable(wanted):
        raise UsageError(f"--device {wanted} can't be used here: {reason}")
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
        raise UsageError(
            f"{device} has {free / _GB:.1f} GB free, but one layer and its results need "
            f"{(step + _BESIDE_WEIGHTS) / _GB:.1f} GB{USE_CPU}"
        )
    if device == "cpu" and free_memory() < _BESIDE_WEIGHTS:
        raise UsageError(
            f"{free_memory() / _GB:.1f} GB of memory are free, but running a model needs "
            f"{_BESIDE_WEIGHTS / _GB:.0f} GB in addition to its weights: close other programs"
        )
    return Plan(device, resident, _words(opened, device, resident, whole, free))


def _words(opened: Opened, device: str, resident: bool, whole: int, free: int | None) -> str:
    params, dtype = opened.params, opened.mapped(next(iter(opened.weights))).dtype
    lines = [
        f"{whole / _GB:.2f} GB of {dtype_name(dtype)} weights in "
        f"{opened.layout} layout, {params['n_layers']} layers."
    ]
    if resident:
        lines.append(f"All of them go to {device}, which has {(free or 0) / _GB:.1f} GB free.")
    else:
        where = "in memory" if device == "cpu" else f"on {device}"
        lines.append(
            f"They stay in the file; one layer at a time is {where} "
            f"({free_memory() / _GB:.1f} GB of memory free)."
        )
    seconds = whole / _reading_rate(opened.files[0])
    if not resident and device == "cpu":
        seconds += whole / _computing_rate(dtype)
    minutes = f"{round(seconds / 60)} minutes"
    rounded = f"{max(1, round(seconds))} seconds" if seconds < 90 else minutes
    lines.append(f"It may take about {rounded}.")
    return "\n".join(lines)


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
