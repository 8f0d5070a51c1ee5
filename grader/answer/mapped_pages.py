"""Read pages of memory-mapped weights in advance, and release them after use.

A mapped weight takes memory page by page as it is read, and the system reclaims pages if memory
runs low. With advice in time, it does both before anything has to wait. See madvise(2).
"""

import ctypes
import mmap
import sys
from collections.abc import Iterable
from pathlib import Path

import torch

from grader.libc import libc

_WILL_NEED, _DONT_NEED = 3, 4


class Pages:
    """The address ranges where some files are mapped into memory; empty outside Linux.

    Tensors outside these ranges are left alone: releasing their pages would lose their values.
    """

    def __init__(self, files: Iterable[Path]) -> None:
        """Find where the files are mapped now."""
        self._spans: list[tuple[int, int]] = []
        if sys.platform != "linux":
            return
        names = {str(path.resolve()) for path in files}
        for line in Path("/proc/self/maps").read_text("utf-8", errors="replace").splitlines():
            span, *_, name = line.split(maxsplit=5)
            if name in names:
                first, _, last = span.partition("-")
                self._spans.append((int(first, 16), int(last, 16)))

    def want(self, tensor: torch.Tensor) -> None:
        """Start reading a mapped tensor in advance."""
        self._advise(tensor, _WILL_NEED)

    def release(self, tensor: torch.Tensor) -> None:
        """Release the pages of a mapped tensor; they are read again when needed."""
        self._advise(tensor, _DONT_NEED)

    def _advise(self, tensor: torch.Tensor, advice: int) -> None:
        storage = tensor.untyped_storage()
        begin = storage.data_ptr()
        end = begin + storage.nbytes()
        if not any(first <= begin and end <= last for first, last in self._spans):
            return
        begin -= begin % mmap.PAGESIZE
        libc().madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), advice)
