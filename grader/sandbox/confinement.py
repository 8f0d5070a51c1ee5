"""Putting the layers together."""

import json
import os
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

from grader.sandbox.forget_start import forget_the_start
from grader.sandbox.landlock import restrict_files
from grader.sandbox.level import Level, probe
from grader.sandbox.limits import Limits, limit
from grader.sandbox.own_user import become_own_user
from grader.sandbox.privileges import give_up_privileges
from grader.sandbox.syscall_filter import filter_calls

_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
_FILES = ("/etc/ld.so.cache", "/etc/localtime", *_DEVICES)
_PROGRAM = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Confinement:
    """What a worker is left with.

    Attributes:
        folder: its own, the only one that it can write to.
        readable: what else it can read, besides Python and the libraries.
        limits: how much it may use.
        threads: how many the user's processes have, from before the worker is started.
        level: which layers are put on.
    """

    folder: Path
    readable: tuple[Path, ...] = ()
    limits: Limits = field(default_factory=Limits)
    threads: int = 0
    level: Level = field(default_factory=probe)

    def as_bytes(self) -> bytes:
        """Write it down for another process of the grader's own."""
        plain = asdict(self)
        plain["folder"], plain["readable"] = str(self.folder), [str(one) for one in self.readable]
        return json.dumps(plain).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Confinement":
        """Read what `as_bytes` wrote."""
        plain = json.loads(data)
        readable = tuple(Path(one) for one in plain["readable"])
        limits, level = Limits(**plain["limits"]), Level(**plain["level"])
        return cls(Path(plain["folder"]), readable, limits, plain["threads"], level)


def confine(to: Confinement) -> None:
    """Lock this process down, for good; call it before anything of a stranger's is imported.

    The layers that this machine does not have are left out: whether the rest is enough has been
    decided before.

    Raises:
        LockdownError: when a layer that it has cannot be put on.
    """
    os.chdir(to.folder)
    forget_the_start(to.folder)
    if to.level.own_user:
        become_own_user(to.folder)  # first, because it takes privileges
    give_up_privileges()
    limit(to.limits, to.threads)
    if to.level.landlock_abi:
        readable = [*system_files(), *to.readable]
        restrict_files(readable, system_folders(), [to.folder, Path("/dev/null")])
    if to.level.seccomp:
        filter_calls()


@cache
def system_folders() -> tuple[Path, ...]:
    """Give the folders of Python, its packages and the system's libraries."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    python = {Path(sysconfig.get_path(name)).resolve() for name in names}
    shared = Path(sys.base_prefix).resolve() / "lib"  # where libpython and its dynamic modules are
    return tuple(sorted({*python, shared, *(Path(name).resolve() for name in _SYSTEM)}))


@cache
def system_files() -> tuple[Path, ...]:
    """Give what may be read in those folders, and devices; a process that forks those to be
    confined asks once, before. This program is left out: it holds right ways of every stage."""
    found = {path for folder in system_folders() for path in _all_but(_PROGRAM, folder)}
    return tuple(sorted({*found, *map(Path, _FILES)}))


def _all_but(secret: Path, folder: Path) -> Iterator[Path]:
    """Give a folder, or what is in it where `secret` is somewhere in there."""
    if folder not in secret.parents:
        if folder != secret:
            yield folder
        return
    for path in folder.iterdir():
        yield from _all_but(secret, path)


def threads_of_user() -> int:
    """Count the threads of all processes of this user, as RLIMIT_NPROC does."""
    count, user = 0, os.getuid()
    for process in os.listdir("/proc"):
        if process.isdecimal():
            with suppress(OSError):  # it has just ended
                threads = os.stat(f"/proc/{process}/task")
                count += threads.st_nlink - 2 if threads.st_uid == user else 0
    return count
