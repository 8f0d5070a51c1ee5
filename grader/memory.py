"""How much memory there is, for processes and on a device."""

from pathlib import Path

import psutil

_CGROUP = Path("/sys/fs/cgroup")


def free_memory() -> int:
    """Return the bytes that this process can still take, as far as the system says."""
    free = int(psutil.virtual_memory().available)
    limit, used = _limit_of_container()
    return free if limit is None else min(free, limit - used)


def free_on_device(device: str) -> int | None:
    """Return the free bytes of a device that has memory of its own; None for the others."""
    if device.startswith("cuda"):
        import torch

        free, _ = torch.cuda.mem_get_info(device)
        return int(free)
    return None


def _limit_of_container() -> tuple[int | None, int]:
    """Return the memory limit that a container has, and what is used of it (cgroup v2); what is
    used leaves out file pages, which the system takes back when they are needed."""
    try:
        own = Path("/proc/self/cgroup").read_text(encoding="utf-8").strip().rpartition(":")[2]
        places = (_CGROUP / own.lstrip("/"), _CGROUP)
        folder = next(place for place in places if (place / "memory.max").exists())
        limit = (folder / "memory.max").read_text(encoding="utf-8").strip()
        used = int((folder / "memory.current").read_text(encoding="utf-8"))
        lines = (folder / "memory.stat").read_text(encoding="utf-8").splitlines()
        stat = dict(line.split() for line in lines)
    except (OSError, StopIteration, ValueError):
        return None, 0
    return (None if limit == "max" else int(limit)), used - int(stat.get("file", 0))
