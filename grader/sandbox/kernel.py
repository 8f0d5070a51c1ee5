"""Calling the kernel through libc, loaded before anything is locked."""

import ctypes
import os

_LIBC = ctypes.CDLL(None, use_errno=True)


class LockdownError(OSError):
    """The kernel refused to lock this process down; nothing of a stranger's may run in it."""


def call(what: str, number: int, *args: object) -> int:
    """Make a system call by its number.

    Raises:
        LockdownError: saying what was to be done, with the kernel's error.
    """
    return _checked(what, _LIBC.syscall(ctypes.c_long(number), *args))


def control(what: str, option: int, *args: int) -> int:
    """Change something about this process, see prctl(2).

    Raises:
        LockdownError: like `call`.
    """
    four = [ctypes.c_ulong(arg) for arg in (*args, 0, 0, 0, 0)][:4]
    return _checked(what, _LIBC.prctl(ctypes.c_int(option), *four))


def capabilities(what: str, function: str, header: object, sets: object) -> int:
    """Read or set capabilities: `capget` or `capset` of libc, with both structures by reference.

    Raises:
        LockdownError: like `call`.
    """
    return _checked(what, getattr(_LIBC, function)(header, sets))


def _checked(what: str, result: int) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise LockdownError(error, f"{what}: {os.strerror(error)}")
    return int(result)
