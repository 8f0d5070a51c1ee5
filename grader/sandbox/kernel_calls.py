"""Calls into the kernel through libc."""

import ctypes
import os

from grader.libc import libc


class SandboxError(OSError):
    """The kernel refused a layer of the sandbox; no untrusted code may run in this process."""


def system_call(purpose: str, number: int, *args: object) -> int:
    """Make a system call by its number; see `call`."""
    return call(purpose, "syscall", number, *args)


def call(purpose: str, function: str, *args: object) -> int:
    """Call a function of libc, and return its result.

    Integers become C longs, as wide as the arguments of a system call.

    Raises:
        SandboxError: if the result is negative, with the purpose and the kernel's error.
    """
    wide = [ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args]
    result = int(getattr(libc(), function)(*wide))
    if result < 0:
        error = ctypes.get_errno()
        raise SandboxError(error, f"{purpose}: {os.strerror(error)}")
    return result
