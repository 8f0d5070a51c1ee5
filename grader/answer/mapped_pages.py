"""Pages of weights that are mapped from a file: asked for ahead, and given back after use.

A mapped weight takes memory as it is read, page by page, and the system takes pages back when
memory gets short. Told in time, it does both before anything has to wait. See madvise(2).
"""

import ctypes
import sys
from collections.abc import Iterable
from pathlib import Path

import torch

_PAGE = 4096
_WILL_NEED, _DONT_NEED = 3, 4


class Pages:
    """Which tensors are mapped from certain files; only on Linux anything is known of that."""

    def __init__(self, files: Iterable[Path]) -> None:
        """Find out where the files are mapped now."""
        self._spans = _spans_of({str(path.resolve()) for path in files})
        self._libc = ctypes.CDLL(None, use_errno=True) if self._spans else None

    def want(self, tensor: torch.Tensor) -> None:
        """Have a mapped tensor read ahead; does nothing for any other."""
        self._advise(tensor, _WILL_NEED)

    def give_back(self, tensor: torch.Tensor) -> None:
        """Give the pages of a mapped tensor back, to be read again when they are asked for; does
        nothing for a tensor that is not in a file, whose numbers would be lost."""
        self._advise(tensor, _DONT_NEED)

    def _advise(self, tensor: torch.Tensor, advice: int) -> None:
        if self._libc is None:
            return
        storage = tensor.untyped_storage()
        begin = storage.data_ptr()
        end = begin + storage.nbytes()
        if not any(first <= begin and end <= last for first, last in self._spans):
            return
        begin -= begin % _PAGE
        self._libc.madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), advice)


def _spans_of(files: set[str]) -> list[tuple[int, int]]:
    """Give the addresses at which files are mapped."""
    if sys.platform != "linux":
        return []
    spans = []
    for line in Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines():
        fields = line.split(maxsplit=5)
        if len(fields) == 6 and fields[5] in files:
            first, _, last = fields[0].partition("-")
            spans.append((int(first, 16), int(last, 16)))
    return spans
