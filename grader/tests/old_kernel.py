"""Simulate a kernel older than Linux 5.13, which has no Landlock."""

import ctypes
import errno
import os
import struct

_PR_SET_SECCOMP, _MODE_FILTER, _PR_SET_NO_NEW_PRIVS = 22, 2, 38
_LOAD, _AT_LEAST, _MORE, _RETURN = 0x20, 0x35, 0x25, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_LANDLOCK = 444, 446  # the first and the last of its calls, the same on every architecture
_SECCOMP = 317  # on x86-64


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("filter", ctypes.c_char_p)]


def lose_landlock() -> None:
    """Hide Landlock's calls from this process and its descendants; for `preexec_fn`."""
    _lose(*_LANDLOCK)


def lose_landlock_and_seccomp() -> None:
    """Hide Landlock's calls and, on x86-64, the call that installs seccomp filters."""
    _lose(*_LANDLOCK)
    _lose(_SECCOMP, _SECCOMP)


def _lose(first: int, last: int) -> None:
    instructions = [
        (_LOAD, 0, 0, 0),
        (_AT_LEAST, 0, 2, first),
        (_MORE, 1, 0, last),
        (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code = b"".join(struct.pack("HBBI", *one) for one in instructions)
    program = _Program(len(instructions), code)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program)) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
