"""How much memory is free, here and on a device, and whether an error means that it was short."""

from pathlib import Path

import psutil

_CGROUP = Path("/sys/fs/cgroup")


def free_memory() -> int:
    """Return the bytes that this process can still take, as far as the system knows."""
    free = int(psutil.virtual_memory().available)
    limit, used = _limit_of_container()
    return free if limit is None else min(free, limit - used)


def free_on_device(device: str) -> int | None:
    """Return the free bytes of a device that has memory of its own; None for others."""
    if device.startswith("cuda"):
        import torch

        free, _ = torch.cuda.mem_get_info(device)
        return int(free)
    return None


def is_short_of_memory(error: Exception) -> bool:
    """Return whether an error means that there was not enough memory, here or on a device."""
    if isinstance(error, RuntimeError):  # torch's own error of a device is one
        return "can't allocate memory" in str(error) or "out of memory" in str(error)
    return isinstance(error, MemoryError)


def _limit_of_container() -> tuple[int | None, int]:
    """Return a container's memory limit and what is used of it (cgroup v2), without the pages of
    files, which the system takes back when it needs them."""
    try:
        own = Path("/proc/self/cgroup").read_text(encoding="utf-8").strip().rpartition(":")[2]
        folders = (_CGROUP / own.lstrip("/"), _CGROUP)
        folder = next(folder for folder in folders if (folder / "memory.max").exists())
        limit = (folder / "memory.max").read_text(encoding="utf-8").strip()
        used = int((folder / "memory.current").read_text(encoding="utf-8"))
        lines = (folder / "memory.stat").read_text(encoding="utf-8").splitlines()
        stat = dict(line.split() for line in lines)
    except (OSError, StopIteration, ValueError):
        return None, 0
    return (None if limit == "max" else int(limit)), used - int(stat.get("file", 0))
