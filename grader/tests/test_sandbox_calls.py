"""A sandboxed process, whoever started it, can't use privileges or make calls with certain
arguments."""

import ctypes
import errno
import fcntl
import mmap
import os
import resource
import signal
from functools import partial
from pathlib import Path

import pytest

from grader.sandbox import probe
from grader.sandbox.limits import Limits
from grader.tests.test_sandbox import LIBC, confined, system_call

pytestmark = pytest.mark.skipif(
    not probe().is_enough, reason=f"this machine is below the floor: {probe()}"
)
READ_ANY_FILE = 1 << 2  # the one capability that root's workers keep, see `privileges`


def test_memory_that_is_shared_or_locked_is_refused(tmp_path: Path) -> None:
    assert confined(tmp_path, lambda: mmap.mmap(-1, 4096)) == "PermissionError"
    private = confined(tmp_path, lambda: len(mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE)))
    assert private == "4096"
    assert confined(tmp_path, lambda: os.memfd_create("a")) == "PermissionError"


def test_addresses_are_counted_whatever_they_are_for(tmp_path: Path) -> None:
    def reserve() -> int:  # read-only memory doesn't count as data
        return len(mmap.mmap(-1, 2 * 2**30, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ))

    assert confined(tmp_path, reserve) == "OSError"
    assert confined(tmp_path, reserve, Limits(more_addresses=3 * 2**30)) == str(2 * 2**30)


def test_no_capability_is_left_to_raise_a_limit_again(tmp_path: Path) -> None:
    def capabilities() -> list[str]:
        libc = ctypes.CDLL(None)
        header, words = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
        assert libc.capget(header, words) == 0
        return [hex(word & ~READ_ANY_FILE) for word in words]

    assert confined(tmp_path, capabilities) == str(["0x0"] * 6)
    endless = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_NOFILE):
        raised = confined(tmp_path, partial(resource.setrlimit, kind, endless))
        assert raised in ("ValueError", "PermissionError")
    assert confined(tmp_path, lambda: os.setuid(0)) == "PermissionError"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write to files of others")
def test_root_in_the_sandbox_writes_only_its_own(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "a.txt").write_text("a")
    (theirs / "a.txt").chmod(0o600)
    theirs.chmod(0o700)
    os.chown(theirs / "a.txt", 1234, 1234)
    os.chown(theirs, 1234, 1234)
    # It reads what it may read, whoever owns it: Python itself may be in somebody's home folder.
    assert confined(tmp_path, (theirs / "a.txt").read_text) == "'a'"
    assert confined(tmp_path, lambda: (theirs / "a.txt").write_text("b")) == "PermissionError"
    assert confined(tmp_path, lambda: (theirs / "b.txt").write_text("b")) == "PermissionError"


def test_the_kernel_sends_no_signals_for_it(tmp_path: Path) -> None:
    left, right = os.pipe()
    for attempt in (
        lambda: fcntl.fcntl(left, fcntl.F_SETOWN, os.getppid()),
        lambda: fcntl.fcntl(left, 10, signal.SIGKILL),  # F_SETSIG
        lambda: fcntl.fcntl(left, 15, bytes(8)),  # F_SETOWN_EX
        lambda: fcntl.fcntl(tmp_path_fd(tmp_path), fcntl.F_NOTIFY, fcntl.DN_CREATE),
        lambda: fcntl.ioctl(left, 0x5452, bytes([1, 0, 0, 0])),  # FIOASYNC
        lambda: fcntl.ioctl(left, 0x8901, bytes(4)),  # FIOSETOWN
    ):
        assert confined(tmp_path, attempt) == "PermissionError"
    assert confined(tmp_path, lambda: fcntl.fcntl(left, fcntl.F_GETFL)) == "0"
    os.close(left)
    os.close(right)


def tmp_path_fd(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY)


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of x86-64")
def test_only_harmless_things_about_itself_are_changed(tmp_path: Path) -> None:
    die_with_parent, dumpable, subreaper, name, seccomp = 1, 4, 36, 15, 22
    for option in (die_with_parent, dumpable, subreaper, seccomp):
        attempt = partial(system_call, 157, option, 0, 0, 0, 0)
        assert confined(tmp_path, attempt) == "PermissionError"
    rename = lambda: LIBC.prctl(name, b"mine", 0, 0, 0)  # noqa: E731
    assert confined(tmp_path, rename) == "0"


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of x86-64")
def test_calls_that_are_newer_than_the_list_are_unknown(tmp_path: Path) -> None:
    def attempt() -> object:
        try:
            system_call(462, 0, 0, 0)  # mseal, of Linux 6.10
        except OSError as error:
            return errno.errorcode[error.errno or 0]
        return None

    assert confined(tmp_path, attempt) == "'ENOSYS'"


def test_pipes_sockets_and_devices_are_not_made_in_its_folder(tmp_path: Path) -> None:
    assert confined(tmp_path, lambda: os.mkfifo(tmp_path / "pipe")) == "PermissionError"
    device = lambda: os.mknod(tmp_path / "null", 0o20666, os.makedev(1, 3))  # noqa: E731
    assert confined(tmp_path, device) == "PermissionError"
