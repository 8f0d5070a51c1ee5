"""Landlock: limit which files this process can reach, and keep it from reaching other processes.

Kernel documentation: Documentation/userspace-api/landlock.rst. Each version of the kernel's
interface (ABI) knows more kinds of access; those that it doesn't know can't be taken away.
"""

import os
import struct
from collections.abc import Sequence
from pathlib import Path

from grader.sandbox.kernel_calls import SandboxError, system_call

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION = 1  # a flag of landlock_create_ruleset
_PATH_BENEATH = 1

# Kinds of access to files, as bits in the order of the documentation.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = (1 << bit for bit in range(4))
_MAKE_CHAR, _MAKE_SOCK, _MAKE_FIFO, _MAKE_BLOCK = 1 << 6, 1 << 9, 1 << 10, 1 << 11
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_NEVER = _EXECUTE | _MAKE_CHAR | _MAKE_SOCK | _MAKE_FIFO | _MAKE_BLOCK | _IOCTL_DEV
_READ = _READ_FILE | _READ_DIR
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_FILE_BITS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # how many there are, by ABI
_ALL_TCP = 0b11  # bind and connect, from ABI 4
_ALL_SCOPES = 0b11  # abstract sockets and signals, from ABI 6


def abi() -> int:
    """Return the version of the kernel's interface; 0 if it has none."""
    try:
        return system_call("landlock", _CREATE_RULESET, None, 0, _VERSION)
    except SandboxError:
        return 0


def restrict_files(
    readable: Sequence[Path], listable: Sequence[Path], writable: Sequence[Path]
) -> None:
    """Restrict this process to reading some paths and using some folders.

    Args:
        readable: files and folders that may be read; those that don't exist are skipped.
        listable: folders in which names may be listed, at any depth.
        writable: folders in which files may be created, read, changed and removed.

    Raises:
        SandboxError: if the kernel has no Landlock, or refuses.
    """
    version = abi()
    everything = (1 << _FILE_BITS[min(max(version, 1), 5)]) - 1
    handled = [everything]  # struct landlock_ruleset_attr, with the fields of this version
    handled += [_ALL_TCP] if version >= 4 else []
    handled += [_ALL_SCOPES] if version >= 6 else []
    attributes = struct.pack(f"={len(handled)}Q", *handled)
    ruleset = system_call("landlock", _CREATE_RULESET, attributes, len(attributes), 0)
    try:
        for path in readable:
            _allow(ruleset, path, _READ & everything)
        for path in listable:
            _allow(ruleset, path, _READ_DIR)
        for path in writable:
            _allow(ruleset, path, everything & ~_NEVER)
        system_call("landlock", _RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, access: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):  # it doesn't exist, or this user can't reach it
        return
    try:
        if not path.is_dir():
            access &= _OF_FILES
        rule = struct.pack("=Qi", access, handle)  # struct landlock_path_beneath_attr
        system_call(f"landlock rule for {path}", _ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(handle)
