"""Read the pages of mapped weights ahead of time, and free them after use.

A mapped weight takes memory page by page as it is read, and the system takes pages back when memory
gets short. If it is advised in time, it does both before anything has to wait. See madvise(2).
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
    """The addresses at which some files are mapped into memory; unknown outside Linux.

    Tensors that are in none of the files are left alone: their numbers would be lost.
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
        """Start reading a mapped tensor ahead of time."""
        self._advise(tensor, _WILL_NEED)

    def give_back(self, tensor: torch.Tensor) -> None:
        """Free the pages of a mapped tensor; they are read again when they are needed."""
        self._advise(tensor, _DONT_NEED)

    def _advise(self, tensor: torch.Tensor, advice: int) -> None:
        storage = tensor.untyped_storage()
        begin = storage.data_ptr()
        end = begin + storage.nbytes()
        if not any(first <= begin and end <= last for first, last in self._spans):
            return
        begin -= begin % mmap.PAGESIZE
        libc().madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), advice)
