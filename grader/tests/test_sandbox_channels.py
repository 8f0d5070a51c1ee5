"""No channels: whatever one worker could write into the kernel for another to read is refused.

docs/sandbox.md lists what stays open.
"""

import ctypes
import errno
import fcntl
import inspect
import mmap
import operator
import os
import resource
import signal
import struct
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import tiktoken
import torch

from grader.sandbox import probe
from grader.sandbox.limits import Usage
from grader.tests.other_user import as_nobody
from grader.tests.test_sandbox import LIBC, confined, system_call
from grader.workers.prints import NamedPrints, NamelessPrints

pytestmark = pytest.mark.skipif(
    not probe().is_enough, reason=f"this machine is below the floor: {probe()}"
)
NOT_HERE = (errno.ENOSYS, errno.ENOTTY, errno.EOPNOTSUPP, errno.EINVAL)
LOCK = struct.pack("hhqqi", fcntl.F_RDLCK, 0, 7, 1, 0)
WORD = struct.pack("q", 3)
HERE = -100  # AT_FDCWD
CACHED = struct.pack("QQQ", 0, 0, 0x20)  # struct open_how with RESOLVE_CACHED
WHOLE = struct.pack("QQIIII", 0, 2**63, 0, 0, 0, 0)  # struct fiemap
BUFFER = ctypes.create_string_buffer(256)
ONE_PAGE = 4096


def opened(path: Path) -> int:
    return os.open(path, os.O_RDONLY)


def libc_call(function: str, *args: object) -> None:
    if getattr(LIBC, function)(*args) != 0:
        raise OSError(ctypes.get_errno(), function)


def call_of_linux(number: int, *args: object) -> None:
    """Make a system call whose number is the same on every architecture."""
    system_call(number, *args)  # type: ignore[arg-type]


def private_map(path: Path) -> mmap.mmap:
    write = mmap.PROT_READ | mmap.PROT_WRITE
    return mmap.mmap(opened(path), ONE_PAGE, flags=mmap.MAP_PRIVATE, prot=write)


def mincore(path: Path) -> None:
    mapped = private_map(path)
    begin = ctypes.addressof(ctypes.c_char.from_buffer(mapped))
    libc_call("mincore", ctypes.c_void_p(begin), ctypes.c_size_t(ONE_PAGE), BUFFER)


def clock_of(pid: int) -> int:
    """Return the number of the clock that counts a process's processor time."""
    return (~pid << 3) | 2


# What each does to a file that it may read; outside the sandbox, all of these work.
ON_FILES: dict[str, Callable[[Path], object]] = {
    "locking it": lambda path: fcntl.fcntl(opened(path), fcntl.F_SETLK, LOCK),
    "waiting for a lock": lambda path: fcntl.fcntl(opened(path), fcntl.F_SETLKW, LOCK),
    "asking for locks": lambda path: fcntl.fcntl(opened(path), fcntl.F_GETLK, LOCK),
    "locking it as opened": lambda path: fcntl.fcntl(opened(path), 37, LOCK),
    "waiting so": lambda path: fcntl.fcntl(opened(path), 38, LOCK),
    "asking so": lambda path: fcntl.fcntl(opened(path), 36, LOCK),
    "asking for leases": lambda path: fcntl.fcntl(opened(path), fcntl.F_GETLEASE),
    "a hint on writing": lambda path: fcntl.fcntl(opened(path), 1036, WORD),
    "asking for the hint": lambda path: fcntl.fcntl(opened(path), 1035, WORD),
    "past the page cache": lambda path: fcntl.fcntl(opened(path), fcntl.F_SETFL, os.O_DIRECT),
    "its generation": lambda path: fcntl.ioctl(opened(path), 0x80087601, WORD),
    "another generation": lambda path: fcntl.ioctl(opened(path), 0x40087602, WORD),
    "its flags": lambda path: fcntl.ioctl(opened(path), 0x80086601, WORD),
    "where it lies on disk": lambda path: fcntl.ioctl(opened(path), 0xC020660B, WHOLE),
    "its pages in memory": mincore,
    "its pages in memory, counted": lambda path: call_of_linux(
        451, opened(path), bytes(16), BUFFER, 0
    ),
    "a page if it is in memory": lambda path: os.preadv(
        opened(path), [bytearray(1)], 0, os.RWF_NOWAIT
    ),
    "forgetting its pages": lambda path: os.posix_fadvise(
        opened(path), 0, 0, os.POSIX_FADV_DONTNEED
    ),
    "reading ahead": lambda path: libc_call(
        "readahead", opened(path), ctypes.c_long(0), ctypes.c_size_t(ONE_PAGE)
    ),
    "reading ahead in a map": lambda path: private_map(path).madvise(mmap.MADV_WILLNEED),
    "not reading ahead": lambda path: private_map(path).madvise(mmap.MADV_RANDOM),
    "paging out": lambda path: private_map(path).madvise(21),
    "aging": lambda path: private_map(path).madvise(20),
    "a name if the kernel has it": lambda path: call_of_linux(
        437, HERE, bytes(path), CACHED, len(CACHED)
    ),
    "its extended attributes": os.listxattr,
    "free space": os.statvfs,
}


@pytest.mark.parametrize("what", ON_FILES)
def test_files_carry_no_messages(what: str, tmp_path: Path) -> None:
    own, theirs = tmp_path / "own", tmp_path / "theirs"
    own.mkdir()
    theirs.write_bytes(bytes(ONE_PAGE))
    attempt = ON_FILES[what]
    assert len(theirs.read_bytes()) == ONE_PAGE  # it is in memory now
    try:
        attempt(theirs)
    except OSError as error:
        if error.errno not in NOT_HERE:
            raise
        pytest.skip(f"this kernel or file system doesn't have it: {error}")
    assert confined(own, lambda: attempt(theirs), None, theirs) == "PermissionError"


ON_THE_MACHINE: dict[str, Callable[[], object]] = {
    "free memory": lambda: libc_call("sysinfo", BUFFER),
    "a processor's time of others": lambda: time.clock_gettime(clock_of(os.getppid())),
    "its resolution": lambda: time.clock_getres(clock_of(os.getppid())),
    "pages alike": lambda: mmap.mmap(-1, ONE_PAGE, flags=mmap.MAP_PRIVATE).madvise(12),
    "the size of a pipe": lambda: fcntl.fcntl(os.pipe()[0], fcntl.F_SETPIPE_SZ, 2 * ONE_PAGE),
}


@pytest.mark.parametrize("what", ON_THE_MACHINE)
def test_the_machine_carries_no_messages(what: str, tmp_path: Path) -> None:
    attempt = ON_THE_MACHINE[what]
    try:
        attempt()
    except OSError as error:
        if error.errno not in NOT_HERE:
            raise
        pytest.skip(f"this kernel doesn't have it: {error}")
    assert confined(tmp_path, attempt) == "PermissionError"


def test_huge_pages_are_refused_before_the_supply_is_asked(tmp_path: Path) -> None:
    huge = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000
    ask = lambda: mmap.mmap(-1, 2**21, flags=huge)  # noqa: E731
    assert confined(tmp_path, ask) == "PermissionError"


def test_sleeping_by_the_clock_of_another_process_is_refused(tmp_path: Path) -> None:
    until, past = 1, struct.pack("qq", 0, 1)  # TIMER_ABSTIME

    def sleep() -> int:
        return int(LIBC.clock_nanosleep(clock_of(os.getppid()), until, past, None))

    assert sleep() == 0
    assert confined(tmp_path, sleep) == str(errno.EPERM)


def timers() -> int:
    """Create timers until none are left, and return how many there were."""
    made = 0
    while made < 10 and LIBC.timer_create(1, None, ctypes.byref(ctypes.c_void_p())) == 0:
        made += 1
    return made


def test_the_supply_of_timers_and_signals_reveals_nothing(tmp_path: Path) -> None:
    def informed() -> bool:
        """Send itself a signal, and return whether the kernel kept the sender's identity."""
        number = signal.SIGRTMIN + 1
        signal.pthread_sigmask(signal.SIG_BLOCK, [number])
        os.kill(os.getpid(), number)
        return signal.sigwaitinfo([number]).si_pid == os.getpid()

    assert (as_nobody(timers), as_nobody(informed)) == ("10", "True")
    assert (confined(tmp_path, timers), confined(tmp_path, informed)) == ("0", "False")


def test_an_accomplice_with_a_lock_can_send_nothing(tmp_path: Path) -> None:
    """Repeat the attack that once gained 91 points: it sent the answer as the positions of locked
    bytes in a file that every worker can open."""

    def locked_by_another() -> bool:
        null = os.open("/dev/null", os.O_RDWR)
        asked = struct.pack("hhqqi", fcntl.F_WRLCK, 0, 42, 1, 0)
        kind, *_ = struct.unpack("hhqqi", fcntl.fcntl(null, fcntl.F_GETLK, asked))
        return kind != fcntl.F_UNLCK

    null = os.open("/dev/null", os.O_RDWR)
    try:
        held = struct.pack("hhqqi", fcntl.F_RDLCK, 0, 42, 1, 0)
        fcntl.fcntl(null, fcntl.F_SETLK, held)
        assert confined(tmp_path, locked_by_another) == "PermissionError"
    finally:
        os.close(null)


def test_what_honest_code_needs_is_there(tmp_path: Path) -> None:
    ranks = {bytes([byte]): byte for byte in range(256)}

    def ask() -> str:
        (tmp_path / "mine.txt").write_text("mine\n" * 1000)
        with (tmp_path / "mine.txt").open("r+b") as file:
            os.set_inheritable(os.dup(file.fileno()), True)
            os.set_blocking(file.fileno(), True)
            assert not file.isatty() and os.preadv(file.fileno(), [bytearray(4)], 0) == 4
        memory = mmap.mmap(-1, ONE_PAGE, flags=mmap.MAP_PRIVATE)
        memory.madvise(mmap.MADV_DONTNEED)
        clocks = [time.thread_time(), time.process_time(), time.monotonic(), time.time()]
        time.sleep(0.001)
        assert all(clocks) and resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0
        assert Path("mine.txt").resolve() == (tmp_path / "mine.txt").resolve()
        assert "def abs" in inspect.getsource(operator)
        assert torch.linalg.svd(torch.ones(3, 3)).S.shape == (3,)
        torch.save({"a": torch.ones(3)}, "a.pt")
        assert torch.load("a.pt", weights_only=True, mmap=True)["a"].sum() == 3
        np.save("a.npy", np.ones(3))
        assert np.load("a.npy").sum() == 3 and np.linalg.norm(np.ones(4)) == 2
        x = torch.ones(3, requires_grad=True)
        (x * x).sum().backward()
        assert x.grad is not None
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(abs, [-1, 2])) == [1, 2]
        bytes_alone = tiktoken.Encoding("b", pat_str=".", mergeable_ranks=ranks, special_tokens={})
        assert bytes_alone.encode_batch(["a", "b"] * 10) == [[97], [98]] * 10
        return "all is well"

    assert confined(tmp_path, ask) == "'all is well'"


def test_a_spoiled_output_is_still_read(tmp_path: Path) -> None:
    prints = NamelessPrints()
    os.write(prints.fileno(), b"before")
    with suppress(OSError):  # not all file systems have it
        fcntl.fcntl(prints.fileno(), fcntl.F_SETFL, os.O_DIRECT)
    os.lseek(prints.fileno(), 3, os.SEEK_SET)
    assert prints.beginning(3) == b"bef" and prints.beginning(99) == b"before"
    prints.close()
    assert prints.beginning(3) == b""


def test_output_that_was_removed_counts_as_none() -> None:
    prints = NamedPrints()
    prints.path.write_bytes(b"before")
    assert prints.beginning(3) == b"bef"
    prints.path.unlink()
    assert prints.beginning(3) == b""
    prints.close()


def test_more_threads_than_a_library_starts_are_too_many() -> None:
    assert Usage(0, 0, 0, 0, 1 + 8).excess() is None
    assert Usage(0, 0, 0, 0, 17).excess() == "it started more than 16 threads"
