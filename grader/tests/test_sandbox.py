"""A sandboxed process: what it can no longer do, and what it can still do."""

import ctypes
import importlib
import os
import resource
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import grader.sandbox
from grader.sandbox import Confinement, Level, confine, confinement, probe
from grader.sandbox.limits import MEGABYTE, Limits, threads_of_user
from grader.workers.warm_torch import warm_torch

pytestmark = pytest.mark.skipif(
    not probe().is_enough, reason=f"this machine is below the floor: {probe()}"
)
LIBC = ctypes.CDLL(None, use_errno=True)


def confined(
    folder: Path, work: Callable[[], object], limits: Limits | None = None, *readable: Path
) -> str:
    """Call a function in a sandboxed fork of this process, and return the outcome as text.

    The text is its value, the class of what it raised, or the signal that ended it.
    """
    warm_torch()
    reading, writing = os.pipe()
    to = Confinement(folder, readable, limits or Limits(), threads_of_user())
    pid = os.fork()
    if pid == 0:
        try:
            confine(to)
            answer = repr(work())
        except BaseException as error:
            answer = type(error).__name__
        os.write(writing, answer.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return answer or signal.Signals(-code).name


def system_call(number: int, *args: int) -> None:
    """Make a system call by its number, as an expert's code would."""
    if LIBC.syscall(number, *args) < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def test_windows_can_ask_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("grader.sandbox")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(grader, "sandbox", grader.sandbox)  # for modules that are imported now
    monkeypatch.setitem(sys.modules, "resource", None)
    monkeypatch.delattr(ctypes, "CDLL")
    monkeypatch.setattr(sys, "platform", "win32")
    sandbox = importlib.import_module("grader.sandbox")
    assert str(sandbox.probe()) == "no sandbox: this system has neither Landlock nor seccomp"


def test_honest_code_still_runs(tmp_path: Path) -> None:
    def attend() -> bool:
        x = torch.randn(5, 8).bfloat16()
        print("a line", file=sys.stderr)
        (tmp_path / "mine.txt").write_text("mine")
        with tempfile.TemporaryFile() as file:
            file.write(b"x")
        import colorsys  # a module of the standard library that hasn't been imported yet

        return bool(torch.softmax(x @ x.T, -1).isfinite().all()) and colorsys is not None

    assert confined(tmp_path, attend) == "True"


def test_threads_still_start(tmp_path: Path) -> None:
    def count() -> int:
        done: list[int] = []
        thread = threading.Thread(target=done.append, args=(1,))
        thread.start()
        thread.join()
        return len(done)

    assert confined(tmp_path, count) == "1"


def test_only_what_is_readable_is_read(tmp_path: Path) -> None:
    own, other, allowed = (tmp_path / name for name in ("own", "other", "allowed"))
    for folder in (own, other, allowed):
        folder.mkdir()
        (folder / "a.txt").write_text("a")

    def read(path: Path) -> str:
        return confined(own, path.read_text, None, allowed)

    assert read(own / "a.txt") == read(allowed / "a.txt") == "'a'"
    assert read(other / "a.txt") == "PermissionError"
    assert read(Path(__file__)) == read(Path("/etc/passwd")) == "PermissionError"
    assert read(Path(f"/proc/{os.getpid()}/environ")) == "PermissionError"
    assert confined(own, lambda: os.listdir(other)) == "PermissionError"
    (own / "link").symlink_to(other / "a.txt")
    assert read(own / "link") == "PermissionError"


def test_nothing_outside_is_changed(tmp_path: Path) -> None:
    own, victim = tmp_path / "own", tmp_path / "victim.txt"
    own.mkdir()
    victim.write_text("as it was")
    tries: list[Callable[[], object]] = [
        lambda: victim.write_text("spoilt"),
        lambda: os.truncate(victim, 0),
        victim.unlink,
        lambda: victim.rename(own / "stolen"),
        lambda: os.link(victim, own / "link"),
        lambda: victim.chmod(0),
        lambda: os.chown(victim, 1, 1),
        lambda: os.utime(victim, (0, 0)),
        lambda: os.setxattr(victim, "user.note", b"here"),
        lambda: (tmp_path / "new.txt").write_text("new"),
        lambda: (tmp_path / "new").mkdir(),
    ]
    before = victim.stat()
    for attempt in tries:
        assert confined(own, attempt) in ("PermissionError", "OSError")
    assert victim.read_text() == "as it was"
    assert (victim.stat().st_mode, victim.stat().st_mtime) == (before.st_mode, before.st_mtime)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own", "victim.txt"]


def test_allowed_folders_cannot_be_written(tmp_path: Path) -> None:
    own, allowed = tmp_path / "own", tmp_path / "allowed"
    own.mkdir()
    allowed.mkdir()
    write = lambda: (allowed / "a").write_text("a")  # noqa: E731
    assert confined(own, write, None, allowed) == "PermissionError"


@pytest.mark.parametrize(
    "attempt",
    [
        os.fork,
        lambda: os.execv("/bin/true", ["true"]),
        lambda: os.posix_spawn("/bin/true", ["true"], {}),
        lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
        lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        lambda: socket.socket(socket.AF_UNIX),
        socket.socketpair,
        lambda: os.sched_setaffinity(0, {0}),
        lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CORE, (0, 0)),
        lambda: os.kill(os.getppid(), 0),
        lambda: os.kill(1, 0),
        lambda: os.killpg(0, 0),
        lambda: os.kill(-1, 0),
    ],
)
def test_no_processes_no_sockets_no_signals(attempt: Callable[[], object], tmp_path: Path) -> None:
    assert confined(tmp_path, attempt) == "PermissionError"


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of x86-64")
@pytest.mark.parametrize(
    "number",
    [
        101,
        250,
        310,
        311,
        312,
        321,
        298,
        323,
        425,
        434,
        438,
        165,
        161,
        272,
        304,
        0x40000000 | 41,
        57,
        58,
    ],
)
def test_calls_by_number_are_refused_too(number: int, tmp_path: Path) -> None:
    def attempt() -> object:
        try:
            system_call(number, 0, 0, 0, 0, 0)
        except OSError as error:
            return error.errno
        return None

    assert confined(tmp_path, attempt) == "1"  # EPERM


def test_it_may_end_itself(tmp_path: Path) -> None:
    assert confined(tmp_path, lambda: os.kill(os.getpid(), signal.SIGKILL)) == "SIGKILL"
    assert confined(tmp_path, os.abort) == "SIGABRT"


def test_too_much_memory_is_an_error(tmp_path: Path) -> None:
    used = 10**6 * int(torch.ones(1).item())
    data_alone = Limits(more_addresses=64 * 1024 * MEGABYTE)
    bomb = confined(tmp_path, lambda: torch.ones(used, 1000).shape, data_alone)
    assert bomb == "RuntimeError"
    assert confined(tmp_path, lambda: len(bytearray(2 * 2**30))) == "MemoryError"


def test_endless_loops_end_by_themselves(tmp_path: Path) -> None:
    def loop() -> None:
        signal.signal(signal.SIGXCPU, signal.SIG_IGN)
        while True:
            pass

    start = time.monotonic()
    assert confined(tmp_path, loop, Limits(processor_seconds=1)) == "SIGKILL"
    assert time.monotonic() - start < 30


def test_large_files_are_cut_short(tmp_path: Path) -> None:
    def fill() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        (tmp_path / "large").write_bytes(bytes(30 * MEGABYTE))

    assert confined(tmp_path, fill) == "OSError"
    assert (tmp_path / "large").stat().st_size <= 20 * MEGABYTE


def test_open_files_are_counted(tmp_path: Path) -> None:
    assert confined(tmp_path, lambda: [os.open("/dev/null", os.O_RDONLY) for _ in range(99)]) == (
        "OSError"
    )


def test_where_the_program_is_installed_only_it_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / "lib/site-packages"
    for name in ("grader", "numpy"):
        (packages / name).mkdir(parents=True)
        (packages / name / "a.py").write_text("a")
    monkeypatch.setattr(confinement, "_PROGRAM", packages / "grader")
    monkeypatch.setattr(confinement, "_SYSTEM", (str(tmp_path / "lib"),))
    for cached in (confinement.system_files, confinement.system_folders):
        monkeypatch.setattr(confinement, cached.__name__, cached.__wrapped__)
    own = tmp_path / "own"
    own.mkdir()
    assert confined(own, (packages / "numpy/a.py").read_text) == "'a'"
    assert confined(own, (packages / "grader/a.py").read_text) == "PermissionError"
    assert confined(own, lambda: sorted(os.listdir(packages))) == "['grader', 'numpy']"


def test_the_environment_reveals_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "42")
    names = confined(tmp_path, lambda: sorted(os.environ))
    assert "SECRET_TOKEN" not in names and "TMPDIR" in names
    # What the kernel remembers about the start of this process is not readable either.
    assert confined(tmp_path, Path("/proc/self/environ").read_text) == "PermissionError"


def test_what_was_in_the_environment_is_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "forty-two")
    kept = os.environ._data[b"SECRET_TOKEN"]  # type: ignore[attr-defined]
    assert confined(tmp_path, lambda: kept) == repr(bytes(len("forty-two")))
    assert kept == b"forty-two"


def test_the_level_is_described_in_words() -> None:
    assert str(Level(7, True)) == "resource limits, Landlock (ABI 7), seccomp filter"
    assert "neither" in str(Level(0, False))
    enough = [Level(1, True), Level(7, True)]
    assert all(level.is_enough for level in enough)
    assert not any(level.is_enough for level in (Level(0, True), Level(7, False), Level(0, False)))


def test_a_confinement_travels_between_processes(tmp_path: Path) -> None:
    sent = Confinement(tmp_path / "\udcff", (tmp_path,), Limits(more_data=5), 7, Level(3, True))
    assert Confinement.from_bytes(sent.as_bytes()) == sent
