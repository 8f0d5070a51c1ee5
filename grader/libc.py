"""The C library of this process, for functions that Python doesn't offer (Linux)."""

import ctypes
from functools import cache

DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG, see prctl(2): the signal sent when the parent dies


@cache
def libc() -> ctypes.CDLL:
    """Return the C library. It is opened only on demand, because Windows has none."""
    return ctypes.CDLL(None, use_errno=True)
