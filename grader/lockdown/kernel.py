"""Calling the kernel through libc, loaded before anything is locked."""

import ctypes
import os

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_NO_NEW_PRIVS = 38


class LockdownError(OSError):
    """The kernel refused to lock this process down; nothing of a stranger's may run in it."""


def call(what: str, number: int, *args: object) -> int:
    """Make a system call.

    Raises:
        LockdownError: saying what was to be done, with the kernel's error.
    """
    result = int(_LIBC.syscall(ctypes.c_long(number), *args))
    if result < 0:
        error = ctypes.get_errno()
        raise LockdownError(error, f"{what}: {os.strerror(error)}")
    return result


def give_up_new_privileges() -> None:
    """Let no later exec gain privileges; the kernel wants this before it takes a filter.

    See prctl(2), PR_SET_NO_NEW_PRIVS.
    """
    if _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        error = ctypes.get_errno()
        raise LockdownError(error, f"no new privileges: {os.strerror(error)}")
