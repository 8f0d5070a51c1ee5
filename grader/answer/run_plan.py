"""Plan how a checkpoint is run: on which device, with how much memory, and for how long."""

import time
from dataclasses import dataclass
from pathlib import Path

import torch

from grader.answer.open_checkpoint import Opened
from grader.calls.plain_values import dtype_name
from grader.errors import UsageError
from grader.free_memory import free_memory, free_on_device

_GB = 10**9
_BESIDE_WEIGHTS = 1_000_000_000  # bytes for torch itself and what is computed
_LARGE = 1_000_000_000  # bytes; for smaller checkpoints no time is announced
_SAMPLE = 64 * 2**20  # bytes to read to learn how fast the disk is


@dataclass(frozen=True)
class Plan:
    """The way in which a checkpoint is run."""

    device: str
    resident: bool  # whether all weights are on the device at once, and not one layer at a time
    words: str  # to print before it begins; empty for a small checkpoint


def choose_device(wanted: str) -> str:
    """Return the device that `--device` means, if torch can use it here."""
    if wanted == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.ones(1, device=wanted)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"--device {wanted} cannot be used here: {reason}") from None
    return wanted


def make_plan(opened: Opened, device: str) -> Plan:
    """Decide how to run a checkpoint, if there is enough memory."""
    sizes = {name: opened.mapped(name).nbytes for name in opened.weights}
    whole = sum(sizes.values())
    layer = sum(size for name, size in sizes.items() if name.startswith("layers.0."))
    if whole < _LARGE and device == "cpu":
        return Plan(device, False, "")
    step = max(layer, *sizes.values())  # what has to be there at one time
    free = free_on_device(device)
    resident = free is not None and whole + _BESIDE_WEIGHTS < free
    if free is not None and not resident and step + _BESIDE_WEIGHTS > free:
        raise UsageError(
            f"--device {device} has {free / _GB:.1f} GB free, and one layer with what is computed "
            f"needs {(step + _BESIDE_WEIGHTS) / _GB:.1f}: use --device cpu"
        )
    if device == "cpu" and free_memory() < _BESIDE_WEIGHTS:
        raise UsageError(
            f"there is {free_memory() / _GB:.1f} GB of memory free, and running a model needs "
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
    """Read part of a file, and return the bytes read per second."""
    with path.open("rb", buffering=0) as file:
        file.seek(path.stat().st_size // 2)
        begun = time.perf_counter()
        count = len(file.read(_SAMPLE))
        return max(count, 1) / max(time.perf_counter() - begun, 1e-6)


def _computing_rate(dtype: torch.dtype) -> float:
    """Multiply by one matrix, and return the bytes of weights processed per second."""
    weight = torch.ones(4096, 4096, dtype=dtype)
    x = torch.ones(17, 4096, dtype=dtype)
    x @ weight.T  # the first time costs more
    begun = time.perf_counter()
    x @ weight.T
    return weight.nbytes / (time.perf_counter() - begun)
