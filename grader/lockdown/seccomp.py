"""A seccomp filter: a small program that the kernel runs before each system call.

Kernel documentation: Documentation/userspace-api/seccomp_filter.rst. A refused call fails with
EPERM, which Python raises as a PermissionError, so that the code that tried gets a clear message.
"""

import ctypes
import errno
import os
import platform

from grader.lockdown.calls import CLONE, CLONE3, KILL, PRLIMIT, REFUSED, TGKILL
from grader.lockdown.kernel import LockdownError, call

ARCHITECTURES = ("x86_64", "aarch64")
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SECCOMP = {"x86_64": 317, "aarch64": 277}  # the number of seccomp(2)
_SET_MODE_FILTER, _GET_ACTION_AVAILABLE = 1, 2
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_X32 = 0x40000000  # numbers from here on are another way into x86-64's calls
_CLONE_THREAD = 0x00010000

# Where the filter finds things in struct seccomp_data.
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _JUMP_IF_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06


class _Instruction(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("filter", ctypes.POINTER(_Instruction))]


def is_available() -> bool:
    """Tell whether the kernel takes filters on this architecture."""
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        return False
    action = ctypes.c_uint32(_ERRNO)
    try:
        call("seccomp", _SECCOMP[machine], _GET_ACTION_AVAILABLE, 0, ctypes.byref(action))
    except LockdownError:
        return False
    return True


def filter_calls() -> None:
    """Refuse this process, and all that it becomes, the calls that it has no use for.

    Raises:
        LockdownError: when the kernel does not take the filter.
    """
    machine = platform.machine()
    instructions = _filter(machine, os.getpid())
    array = (_Instruction * len(instructions))(*instructions)
    program = _Program(len(instructions), array)
    call("seccomp", _SECCOMP[machine], _SET_MODE_FILTER, 0, ctypes.byref(program))


def _filter(machine: str, pid: int) -> list[_Instruction]:
    which = ARCHITECTURES.index(machine)
    refused = [numbers[which] for group in REFUSED.values() for numbers in group.values()]
    program = [
        _Instruction(_LOAD, 0, 0, _ARCH),
        _Instruction(_JUMP_IF_EQUAL, 1, 0, _AUDIT_ARCH[machine]),
        _Instruction(_RETURN, 0, 0, _KILL_PROCESS),
        _Instruction(_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        program += _return_if(_JUMP_IF_AT_LEAST, _X32, _ERRNO | errno.EPERM)
    for number in refused:
        if number is not None:
            program += _return_if(_JUMP_IF_EQUAL, number, _ERRNO | errno.EPERM)
    # libc falls back to clone, whose flags a filter can see.
    program += _return_if(_JUMP_IF_EQUAL, CLONE3[which], _ERRNO | errno.ENOSYS)
    program += _allow_if_argument(CLONE[which], [(_JUMP_IF_BITS, _CLONE_THREAD)])
    program += _allow_if_argument(KILL[which], [(_JUMP_IF_EQUAL, pid)])
    program += _allow_if_argument(TGKILL[which], [(_JUMP_IF_EQUAL, pid)])
    program += _allow_if_argument(PRLIMIT[which], [(_JUMP_IF_EQUAL, 0), (_JUMP_IF_EQUAL, pid)])
    return [*program, _Instruction(_RETURN, 0, 0, _ALLOW)]


def _return_if(jump: int, k: int, result: int) -> list[_Instruction]:
    return [_Instruction(jump, 0, 1, k), _Instruction(_RETURN, 0, 0, result)]


def _allow_if_argument(number: int, conditions: list[tuple[int, int]]) -> list[_Instruction]:
    """Allow a call when its first argument meets one of the conditions, else refuse it."""
    body = [_Instruction(_LOAD, 0, 0, _FIRST_ARGUMENT)]
    for jump, k in conditions:
        body += _return_if(jump, k, _ALLOW)
    body.append(_Instruction(_RETURN, 0, 0, _ERRNO | errno.EPERM))
    return [_Instruction(_JUMP_IF_EQUAL, 0, len(body), number), *body]
