"""A worker that runs as another user, when root grades and the kernel has no Landlock."""

import ctypes
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.sandbox import Level, privileges, probe
from grader.sandbox.privileges import SECRET, USER, become_own_user
from grader.tests.test_sandbox import confined

pytestmark = pytest.mark.skipif(
    not probe().seccomp or os.geteuid() != 0, reason="only root can become another user"
)

PR_GET_PDEATHSIG = 2


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A kata closed to others and a scratch folder, on a machine without Landlock.

    They are not in pytest's own folder, because only root can reach that.
    """
    monkeypatch.setattr("grader.sandbox.landlock.abi", lambda: 0)
    folder = Path(tempfile.mkdtemp())
    monkeypatch.setattr(privileges, "_KATA", folder / "kata")
    for name in SECRET:
        (folder / "kata" / name).mkdir(parents=True)
        (folder / "kata" / name).chmod(0o700)
    (folder / "kata/solutions/s01.py").write_text("the answer")
    (folder / "scratch").mkdir()
    yield folder
    shutil.rmtree(folder)


def test_it_is_enough_where_the_kata_is_closed(place: Path) -> None:
    assert probe() == Level(0, True, own_user=True) and probe().is_enough_alone
    assert not probe().is_enough  # where other submissions can be read, it is not enough
    assert str(probe()) == "resource limits, a user of its own, seccomp filter"
    (place / "kata/tests").chmod(0o755)
    assert not probe().own_user and not probe().is_enough_alone
    shutil.rmtree(place / "kata/tests")  # the kata is somewhere else, and may be open
    assert not probe().own_user


def test_it_reads_no_secrets_and_changes_nothing(place: Path) -> None:
    results = place / "results"
    results.mkdir(mode=0o700)
    (results / "results.json").write_text("mine")
    (place / "open.txt").write_text("for all to read")
    own = place / "scratch"

    assert confined(own, os.getuid) == confined(own, os.getegid) == str(USER)
    assert confined(own, os.getgroups) == "[]"
    assert confined(own, lambda: Path("a").write_text("a")) == "1"
    assert confined(own, (place / "open.txt").read_text) == "'for all to read'"
    for attempt in (
        (place / "kata/solutions/s01.py").read_text,
        lambda: os.listdir(place / "kata/tests"),
        lambda: (results / "results.json").write_text("forged"),
        lambda: (place / "open.txt").write_text("forged"),
        lambda: os.setuid(0),
        lambda: os.kill(os.getppid(), 0),
        lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
        lambda: os.open(f"/proc/{os.getppid()}/mem", os.O_RDONLY),
        lambda: socket.socket(socket.AF_INET),
    ):
        assert confined(own, attempt) == "PermissionError"
    assert (results / "results.json").read_text() == "mine"


def test_a_kata_that_can_be_read_after_all_ends_the_worker(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "kata/tests").chmod(0o755)
    monkeypatch.setattr(privileges, "own_user_available", lambda: True)
    assert confined(place / "scratch", os.getuid) == "SandboxError"


def test_it_still_ends_with_the_process_that_forked_it(place: Path) -> None:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        become_own_user(place / "scratch")
        sent = ctypes.c_int(0)
        ctypes.CDLL(None).prctl(PR_GET_PDEATHSIG, ctypes.byref(sent))
        os.write(writing, b"%d" % sent.value)
        os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(reading, 9) == b"%d" % signal.SIGKILL
