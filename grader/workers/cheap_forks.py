"""Make forks cheap: each submission takes some twenty of them, of a process that holds torch."""

import ctypes

import psutil

from grader.libc import libc

_HUGE = 2**21  # bytes of a huge page, on x86-64 and on most arm64
_MADV_COLLAPSE = 25  # from Linux 6.1, see madvise(2)


def make_forks_cheap() -> None:
    """Import what stages need in addition to torch, and move this process's memory to huge pages.

    Forking copies the page table, and exiting walks it again. Torch alone takes 180 MB, and with
    pages of 4 KB its page table costs more than the computations of many stages. If the kernel
    doesn't support this, nothing changes.
    """
    import regex  # noqa: F401
    import tiktoken  # noqa: F401
    import torch.utils.serialization.config  # noqa: F401  # what torch.load imports

    for region in psutil.Process().memory_maps(grouped=False):
        if "w" in region.perms and region.path in ("[anon]", "[heap]"):
            begin, end = (int(address, 16) for address in region.addr.split("-"))
            first, last = -(-begin // _HUGE) * _HUGE, end // _HUGE * _HUGE
            if first < last:
                size = ctypes.c_size_t(last - first)
                libc().madvise(ctypes.c_void_p(first), size, _MADV_COLLAPSE)
