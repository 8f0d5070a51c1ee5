"""Pages of weights that are mapped from a file: asked for ahead, and given back after use.

A mapped weight takes memory page by page as it is read, and the system takes pages back when memory
gets short. Advised in time, it does both before anything has to wait. See madvise(2).
"""

import ctypes
import sys
from collections.abc import Iterable
from pathlib import Path

import torch

_PAGE = 4096
_WILL_NEED, _DONT_NEED = 3, 4


class Pages:
    """Where some files are mapped into memory; nothing is known of that outside Linux.

    Tensors that are in none of the files are left alone: their numbers would be lost.
    """

    def __init__(self, files: Iterable[Path]) -> None:
        """Find where the files are mapped now."""
        self._spans = _spans_of({str(path.resolve()) for path in files})

    def want(self, tensor: torch.Tensor) -> None:
        """Have a mapped tensor read ahead."""
        self._advise(tensor, _WILL_NEED)

    def give_back(self, tensor: torch.Tensor) -> None:
        """Give back the pages of a mapped tensor; they are read again when they are needed."""
        self._advise(tensor, _DONT_NEED)

    def _advise(self, tensor: torch.Tensor, advice: int) -> None:
        storage = tensor.untyped_storage()
        begin = storage.data_ptr()
        end = begin + storage.nbytes()
        if not any(first <= begin and end <= last for first, last in self._spans):
            return
        begin -= begin % _PAGE
        ctypes.CDLL(None).madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), advice)


def _spans_of(files: set[str]) -> list[tuple[int, int]]:
    """Return the addresses at which files are mapped."""
    if sys.platform != "linux":
        return []
    spans = []
    for line in Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines():
        fields = line.split(maxsplit=5)
        if len(fields) == 6 and fields[5] in files:
            first, _, last = fields[0].partition("-")
            spans.append((int(first, 16), int(last, 16)))
    return spans
