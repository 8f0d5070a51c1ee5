"""Find out how much memory is free, and recognize out-of-memory errors."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUP = Path("/proc/self/cgroup")
# Parts of torch's RuntimeError messages: on Linux, on Windows, for a GPU.
_SHORT = ("can't allocate memory", "not enough memory", "out of memory")


def free_memory() -> int:
    """Return how many bytes this process can still allocate.

    That is the machine's available memory, or what one of the process's cgroups has left if that
    is less.
    """
    return min([int(psutil.virtual_memory().available), *_left_in_cgroups()])


def free_on_device(device: str) -> int | None:
    """Return the free bytes of a CUDA device, or None for devices that use the machine's memory.

    Args:
        device: torch's name for it, such as `cuda:0`, `mps` or `cpu`.

    Raises:
        RuntimeError: if torch has no such device.
    """
    if device.startswith("cuda"):
        import torch

        free, _ = torch.cuda.mem_get_info(device)
        return int(free)
    return None


def is_short_of_memory(error: BaseException) -> bool:
    """Return whether an error means that the machine or a device ran out of memory."""
    if isinstance(error, RuntimeError):  # torch's out-of-memory error for devices is one, too
        return any(text in str(error) for text in _SHORT)
    return isinstance(error, MemoryError)


def _left_in_cgroups() -> Iterator[int]:
    """Yield the bytes left in this process's cgroup and those around it, such as a Slurm job's.

    Cached file pages count as free, since the system reclaims them when needed. (cgroup version 2)
    """
    try:
        own = _OWN_CGROUP.read_text(encoding="utf-8").strip().rpartition(":")[2]
    except OSError:  # not Linux
        return
    folder = _CGROUPS / own.lstrip("/")
    while folder.is_relative_to(_CGROUPS):
        with suppress(OSError, ValueError):  # no limit here: no such file, or "max"
            limit = int((folder / "memory.max").read_text(encoding="utf-8"))
            used = int((folder / "memory.current").read_text(encoding="utf-8"))
            lines = (folder / "memory.stat").read_text(encoding="utf-8").splitlines()
            stat = dict(line.split() for line in lines)
            yield limit - used + int(stat.get("file", 0))
        folder = folder.parent
