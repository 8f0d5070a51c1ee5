"""Free memory of this machine and of a device, and out-of-memory errors."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUP = Path("/proc/self/cgroup")
# What torch says in a RuntimeError: on Linux, on Windows, of a GPU.
_SHORT = ("can't allocate memory", "not enough memory", "out of memory")


def free_memory() -> int:
    """Return how many bytes this process can still take: what the machine has available, or what is
    left of the limit of one of its cgroups if that is less."""
    return min([int(psutil.virtual_memory().available), *_left_in_cgroups()])


def free_on_device(device: str) -> int | None:
    """Return the free bytes of a CUDA device, or None for one that shares the machine's memory.

    Args:
        device: as torch names it, such as `cuda:0`, `mps`, `cpu`.

    Raises:
        RuntimeError: from torch, if there is no such device.
    """
    if device.startswith("cuda"):
        import torch

        free, _ = torch.cuda.mem_get_info(device)
        return int(free)
    return None


def is_short_of_memory(error: BaseException) -> bool:
    """Return whether an error means that there was not enough memory, here or on a device."""
    if isinstance(error, RuntimeError):  # torch's own error of a device is one
        return any(text in str(error) for text in _SHORT)
    return isinstance(error, MemoryError)


def _left_in_cgroups() -> Iterator[int]:
    """Yield what is left of the limit of this process's cgroup and of those around it (version 2),
    a Slurm job's for one. Pages of files don't count: the system takes them back when needed."""
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
