"""The C library of this process, for what Python has no function for (Linux)."""

import ctypes
from functools import cache

DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG, see prctl(2): the signal to get when the parent ends


@cache
def libc() -> ctypes.CDLL:
    """Return the C library; it's opened when first asked for, because Windows has none."""
    return ctypes.CDLL(None, use_errno=True)
