"""A seccomp filter: a small program that the kernel runs before each system call.

Kernel documentation: Documentation/userspace-api/seccomp_filter.rst. A refused call fails with
EPERM, which Python raises as a PermissionError, so the code that made it gets a clear message.

The filter lists the calls that are refused. A list of allowed calls would have to contain
everything that Python, torch and every C library use, on two architectures and on every error path;
if it missed one, correct code would fail. Calls newer than the list are also refused, as unknown.
"""

import ctypes
import errno
import os
import platform
import struct

from grader.sandbox import refused_syscalls as table
from grader.sandbox.kernel_calls import SandboxError, system_call

ARCHITECTURES = ("x86_64", "aarch64")
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SECCOMP = {"x86_64": 317, "aarch64": 277}  # the number of seccomp(2)
_SET_MODE_FILTER, _GET_ACTION_AVAILABLE = 1, 2
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_X32 = 0x40000000  # numbers from here on are another way to make x86-64's calls
_CLONE_THREAD = 0x00010000
# No limit counts shared memory (MAP_SHARED_VALIDATE has the bit too), and all processes share one
# supply of huge pages.
_MAP_SHARED, _MAP_HUGETLB = 0x01, 0x40000
# Names of threads and memory areas, see prctl(2): PR_SET_NAME, PR_GET_NAME, PR_SET_VMA. Above all
# not PR_SET_PDEATHSIG, which makes a worker end with the grader.
_HARMLESS_CONTROLS = (15, 16, 0x53564D41)
# Descriptors and their flags, see fcntl(2): F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL,
# F_DUPFD_CLOEXEC. The others lock files, attach hints to them, or make the kernel send signals.
_F_SETFL = 4
_HARMLESS_FCNTL = (0, 1, 2, 3, 1030)  # and F_SETFL, unless it sets one of these flags:
_O_ASYNC, _O_DIRECT = 0x2000, {"x86_64": 0x4000, "aarch64": 0x10000}
# What Python uses on files, see ioctl(2): TCGETS, TCGETS2, TIOCGWINSZ, FIONBIO, FIONREAD, FIONCLEX,
# FIOCLEX, and FICLONE to copy one. The others set flags and numbers of files that are only open for
# reading, reveal where they are on the disk, type into terminals or send signals.
_HARMLESS_IOCTL = (0x5401, 0x802C542A, 0x5413, 0x5421, 0x541B, 0x5450, 0x5451, 0x40049409)
# Advice that reveals or changes pages which others use as well, see madvise(2): MADV_RANDOM,
# MADV_WILLNEED, MADV_MERGEABLE, MADV_UNMERGEABLE, MADV_COLD, MADV_PAGEOUT.
_TELLING_ADVICE = (1, 3, 12, 13, 20, 21)
_NO_FLAGS = 0  # of preadv2(2): RWF_NOWAIT reveals whether a page of a file is in memory
_NEGATIVE = 0x8000_0000  # clocks from here on count another process's time, see clock_getres(2)

# Offsets in struct seccomp_data; for an argument, of the half that matters.
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _JUMP_IF_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_REFUSE = _ERRNO | errno.EPERM
_UNKNOWN = _ERRNO | errno.ENOSYS

Instruction = tuple[int, int, int, int]  # code, how far to jump if true and if false, operand


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("filter", ctypes.c_char_p)]


def is_available() -> bool:
    """Return whether the kernel accepts filters on this architecture."""
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        return False
    action = ctypes.byref(ctypes.c_uint32(_ERRNO))
    try:
        system_call("seccomp", _SECCOMP[machine], _GET_ACTION_AVAILABLE, 0, action)
    except SandboxError:
        return False
    return True


def filter_calls() -> None:
    """Permanently refuse this process the calls that it doesn't need.

    Raises:
        SandboxError: if the kernel doesn't accept the filter.
    """
    machine = platform.machine()
    instructions = _filter(machine, os.getpid())
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)
    program = _Program(len(instructions), code)
    system_call("seccomp", _SECCOMP[machine], _SET_MODE_FILTER, 0, ctypes.byref(program))


def _filter(machine: str, pid: int) -> list[Instruction]:
    which = ARCHITECTURES.index(machine)
    refused = [numbers[which] for group in table.REFUSED.values() for numbers in group.values()]
    program = [
        (_LOAD, 0, 0, _ARCH),
        (_JUMP_IF_EQUAL, 1, 0, _AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        program += _return_if(_JUMP_IF_AT_LEAST, _X32, _REFUSE)
    for number in refused:
        if number is not None:
            program += _return_if(_JUMP_IF_EQUAL, number, _REFUSE)
    program += _return_if(_JUMP_IF_AT_LEAST, table.FIRST_UNKNOWN, _UNKNOWN)
    # libc falls back to clone, whose flags a filter can see.
    program += _return_if(_JUMP_IF_EQUAL, table.CLONE3[which], _UNKNOWN)
    program += _only_if(table.CLONE[which], 0, _JUMP_IF_BITS, _CLONE_THREAD)
    program += _only_if(table.KILL[which], 0, _JUMP_IF_EQUAL, pid)
    program += _only_if(table.TGKILL[which], 0, _JUMP_IF_EQUAL, pid)
    program += _only_if(table.PRLIMIT[which], 0, _JUMP_IF_EQUAL, 0, pid)
    program += _only_if(table.PRCTL[which], 0, _JUMP_IF_EQUAL, *_HARMLESS_CONTROLS)
    program += _only_if(table.IOCTL[which], 1, _JUMP_IF_EQUAL, *_HARMLESS_IOCTL)
    program += _only_if(table.PREADV2[which], 5, _JUMP_IF_EQUAL, _NO_FLAGS)
    program += _unless(table.MMAP[which], 3, _JUMP_IF_BITS, _MAP_SHARED | _MAP_HUGETLB)
    program += _unless(table.MADVISE[which], 2, _JUMP_IF_EQUAL, *_TELLING_ADVICE)
    for clock in (table.CLOCK_GETTIME, table.CLOCK_GETRES, table.CLOCK_NANOSLEEP):
        program += _unless(clock[which], 0, _JUMP_IF_AT_LEAST, _NEGATIVE)
    program += _harmless_fcntl(table.FCNTL[which], _O_ASYNC | _O_DIRECT[machine])
    return [*program, (_RETURN, 0, 0, _ALLOW)]


def _return_if(jump: int, k: int, result: int) -> list[Instruction]:
    return [(jump, 0, 1, k), (_RETURN, 0, 0, result)]


def _only_if(number: int, argument: int, jump: int, *values: int) -> list[Instruction]:
    """Allow a call when an argument meets one of the conditions, else refuse it."""
    return _judged(number, argument, jump, values, _ALLOW, _REFUSE)


def _unless(number: int, argument: int, jump: int, *values: int) -> list[Instruction]:
    """Refuse a call when an argument meets one of the conditions, else allow it."""
    return _judged(number, argument, jump, values, _REFUSE, _ALLOW)


def _judged(
    number: int, argument: int, jump: int, values: tuple[int, ...], then: int, otherwise: int
) -> list[Instruction]:
    body = [(_LOAD, 0, 0, _ARGUMENTS + 8 * argument)]
    for k in values:
        body += _return_if(jump, k, then)
    body.append((_RETURN, 0, 0, otherwise))
    return [(_JUMP_IF_EQUAL, 0, len(body), number), *body]


def _harmless_fcntl(number: int, flags: int) -> list[Instruction]:
    """Allow the harmless commands of fcntl, and F_SETFL if it sets none of `flags`."""
    set_flags = [
        (_LOAD, 0, 0, _ARGUMENTS + 8 * 2),
        (_JUMP_IF_BITS, 0, 1, flags),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
    body = [(_LOAD, 0, 0, _ARGUMENTS + 8), (_JUMP_IF_EQUAL, 0, len(set_flags), _F_SETFL)]
    body += set_flags
    for command in _HARMLESS_FCNTL:
        body += _return_if(_JUMP_IF_EQUAL, command, _ALLOW)
    body.append((_RETURN, 0, 0, _REFUSE))
    return [(_JUMP_IF_EQUAL, 0, len(body), number), *body]
