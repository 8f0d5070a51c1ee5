"""Putting the layers together."""

import json
import os
import sys
import sysconfig
import tempfile
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

from grader.lockdown.kernel import give_up_new_privileges
from grader.lockdown.landlock import restrict_files
from grader.lockdown.level import Level, probe
from grader.lockdown.limits import Limits, limit
from grader.lockdown.own_user import become_own_user
from grader.lockdown.seccomp import filter_calls

_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/etc/localtime")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")


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
    _forget_the_environment(to.folder)
    give_up_new_privileges()
    limit(to.limits, to.threads)
    if to.level.own_user:
        become_own_user(to.folder)
    if to.level.landlock_abi:
        system = [Path(name) for name in (*_SYSTEM, *_DEVICES)]
        restrict_files([*python_folders(), *system, *to.readable], [to.folder, Path("/dev/null")])
    if to.level.seccomp:
        filter_calls()


@cache
def python_folders() -> tuple[Path, ...]:
    """Give the folders that hold Python, its standard library and the installed packages; a
    process that forks those to be confined asks once, before."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = {Path(sysconfig.get_path(name)) for name in names}
    shared = Path(sys.base_prefix) / "lib"  # where libpython and its dynamic modules are
    return tuple(sorted(folders | {shared}))


def threads_of_user() -> int:
    """Count the threads of all processes of this user, as RLIMIT_NPROC does."""
    count, user = 0, os.getuid()
    for status in Path("/proc").glob("[0-9]*/task"):
        try:
            if status.stat().st_uid == user:
                count += len(os.listdir(status))
        except OSError:  # it has just ended
            continue
    return count


def _forget_the_environment(folder: Path) -> None:
    """Keep of the environment only what programs need to run, and nothing that tells of others."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    os.environ.clear()
    os.environ.update(kept, HOME=str(folder), TMPDIR=str(folder), TIKTOKEN_CACHE_DIR="")
    tempfile.tempdir = None  # to be found anew, in the process's own folder
