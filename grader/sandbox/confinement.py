"""The whole sandbox: find out how much of it this machine can enforce, and apply its layers."""

import os
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import msgspec

from grader.can_fork import CAN_FORK
from grader.sandbox import landlock, privileges, syscall_filter
from grader.sandbox.limits import Limits, limit

LOWEST_LANDLOCK = 1  # the filter refuses what later versions of Landlock would: TCP, signals, ...
_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
_FILES = ("/etc/ld.so.cache", "/etc/localtime", *_DEVICES)
_PROGRAM = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Level:
    """What this machine can enforce."""

    landlock_abi: int  # 0: no Landlock
    seccomp: bool
    own_user: bool = False  # without Landlock: a worker can become a user who can't read secrets

    @property
    def is_enough(self) -> bool:
        """Whether untrusted code may run here."""
        return self.seccomp and self.landlock_abi >= LOWEST_LANDLOCK

    @property
    def is_enough_alone(self) -> bool:
        """Whether untrusted code may run on a disposable machine with a single submission.

        With a user of its own, code can still read and write whatever is open to everyone.
        """
        return self.is_enough or (self.seccomp and self.own_user)

    def __str__(self) -> str:
        """Return the description that reports contain."""
        if not self.landlock_abi and not self.seccomp:
            return "no sandbox: this system has neither Landlock nor seccomp"
        without = "a user of its own" if self.own_user else "no Landlock"
        files = f"Landlock (ABI {self.landlock_abi})" if self.landlock_abi else without
        calls = "seccomp filter" if self.seccomp else "no seccomp filter"
        return f"resource limits, {files}, {calls}"


def probe() -> Level:
    """Ask the kernel what it can enforce; on systems other than Linux that is never enough."""
    if sys.platform != "linux" or not CAN_FORK:
        return Level(0, False)
    abi = landlock.abi()
    own_user = not abi and privileges.own_user_available()
    return Level(abi, syscall_filter.is_available(), own_user)


@dataclass(frozen=True)
class Confinement:
    """The sandbox of one worker."""

    folder: Path  # the only one that it can write to
    readable: tuple[Path, ...] = ()  # in addition to Python and the libraries
    limits: Limits = field(default_factory=Limits)
    threads: int = 0  # of the user's processes before the worker started
    level: Level = field(default_factory=probe)  # which layers to apply

    def as_bytes(self) -> bytes:
        """Encode it for another of the grader's processes."""
        return msgspec.msgpack.encode(self, enc_hook=os.fsencode)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Confinement":
        """Decode what `as_bytes` encoded."""
        return msgspec.msgpack.decode(data, type=cls, dec_hook=_path_from)


def _path_from(_kind: type, data: bytes) -> Path:
    """Decode a path, the only type here that msgspec doesn't know."""
    return Path(os.fsdecode(data))


def confine(to: Confinement) -> None:
    """Sandbox this process permanently; call this before importing anything untrusted.

    Layers that the level lacks are left out: whether the others are enough was decided before.

    Raises:
        SandboxError: if a layer of the level can't be applied.
    """
    os.chdir(to.folder)
    privileges.forget_start(to.folder)
    if to.level.own_user:
        privileges.become_own_user(to.folder)  # first, because it requires privileges
    privileges.drop_capabilities()
    limit(to.limits, to.threads)
    if to.level.landlock_abi:
        readable = [*system_files(), *to.readable]
        landlock.restrict_files(readable, system_folders(), [to.folder, Path("/dev/null")])
    if to.level.seccomp:
        syscall_filter.filter_calls()


@cache
def system_folders() -> tuple[Path, ...]:
    """Return the folders of Python, its packages and the system's libraries."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    python = {Path(sysconfig.get_path(name)).resolve() for name in names}
    shared = Path(sys.base_prefix).resolve() / "lib"  # where libpython and its dynamic modules are
    return tuple(sorted({*python, shared, *(Path(name).resolve() for name in _SYSTEM)}))


@cache
def system_files() -> tuple[Path, ...]:
    """Return what is readable in those folders, and some devices.

    This program is left out, because it contains right ways of every stage. The process that forks
    workers calls this once beforehand, so that none of them has to look again.
    """
    found = {path for folder in system_folders() for path in _all_but(_PROGRAM, folder)}
    return tuple(sorted({*found, *map(Path, _FILES)}))


def _all_but(secret: Path, folder: Path) -> Iterator[Path]:
    """Yield a folder, or, if `secret` is somewhere inside, its entries without `secret`."""
    if folder not in secret.parents:
        if folder != secret:
            yield folder
        return
    for path in folder.iterdir():
        yield from _all_but(secret, path)
