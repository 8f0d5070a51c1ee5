"""A worker's use of resources as seen from outside, and its limits, whoever grades."""

import os
import re
import resource
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader.sandbox import Confinement, confine, probe
from grader.sandbox.cleanup import remove_litter, scratch_folder
from grader.sandbox.confinement import system_files
from grader.sandbox.limits import MEGABYTE, Limits, Usage, limit, threads_of_user, usage_of
from grader.tests.other_user import as_nobody


def test_files_threads_and_prints_are_seen(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/file").write_bytes(b"x" * 100_000)
    (tmp_path / "a/link").symlink_to("/usr")
    over = threading.Event()
    threads = [threading.Thread(target=over.wait) for _ in range(5)]
    with (tmp_path / "a/b/file").open("rb") as prints:
        before = usage_of(os.getpid(), tmp_path, prints.fileno())
        for thread in threads:
            thread.start()
        (tmp_path / "a/b/file").write_bytes(b"x" * 100_000)
        after = usage_of(os.getpid(), tmp_path, prints.fileno())
    over.set()
    assert after.threads == before.threads + 5
    assert after.bytes_written - before.bytes_written >= 100_000
    assert after.entries == 4 and 100_000 <= after.bytes_on_disk < 200_000
    assert after.bytes_printed == 100_000
    # Ignore what other tests have written in this process.
    assert replace(after, bytes_written=0).excess() is None


def excess_in(folder: Path) -> str | None:
    with tempfile.TemporaryFile() as prints:
        return replace(usage_of(os.getpid(), folder, prints.fileno()), bytes_written=0).excess()


def test_a_folder_that_no_path_leads_to_is_too_much(tmp_path: Path) -> None:
    litter, here = tmp_path / "litter", os.getcwd()
    litter.mkdir()
    os.chdir(litter)
    try:
        for _ in range(20):
            os.mkdir("d" * 250)
            os.chdir("d" * 250)
    finally:
        os.chdir(here)
    assert excess_in(litter) == "it made folders that can't be looked into"
    remove_litter(litter)


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder that other users can reach, unlike pytest's own."""
    with scratch_folder() as folder:
        folder.chmod(0o777)
        yield folder


def usage_after(work: Callable[[], object], folder: Path) -> Usage:
    """Measure a sandboxed process that has called a function and is waiting."""
    done, doing = os.pipe()
    limits = Confinement(folder, threads=threads_of_user())
    pid = os.fork()
    if pid == 0:
        try:
            confine(limits)
            work()
            os.write(doing, b".")
            signal.pause()
        finally:
            os._exit(1)
    os.close(doing)
    try:
        assert os.read(done, 1) == b"."
        with tempfile.TemporaryFile() as prints:
            return usage_of(pid, folder, prints.fileno())
    finally:
        os.close(done)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def closed_folder() -> None:
    os.mkdir("closed", mode=0o300)
    for number in range(1200):
        os.close(os.open(f"closed/{number}", os.O_CREAT | os.O_WRONLY, 0))


def many_threads() -> None:
    for _ in range(30):
        threading.Thread(target=time.sleep, args=(100,), daemon=True).start()


def written_and_gone() -> None:
    for _ in range(30):
        with tempfile.TemporaryFile() as file:
            file.write(bytes(10 * MEGABYTE))


@pytest.mark.skipif(not probe().is_enough, reason=f"this machine is below the floor: {probe()}")
@pytest.mark.parametrize("user", ["whoever tests", "nobody"])
@pytest.mark.parametrize(
    ("work", "told"),
    [
        (closed_folder, "it made folders that can't be looked into|it made more than 1000 files"),
        (many_threads, "it started more than 16 threads"),
        (written_and_gone, "it wrote more than 256 MB"),
    ],
)
def test_limits_hold_whoever_grades(
    scratch: Path, user: str, work: Callable[[], object], told: str
) -> None:
    def measure() -> str | None:
        (scratch / "own").mkdir()
        usage = usage_after(work, scratch / "own")
        remove_litter(scratch / "own")
        return usage.excess()

    system_files()  # found beforehand, as in a zygote: the user nobody may not see where Python is
    excess = as_nobody(measure) if user == "nobody" else measure()
    assert re.search(told, str(excess)), excess


def test_the_last_threads_of_a_user_are_left_to_the_grader() -> None:
    def limit_after(hard: int, now: int) -> tuple[int, int]:
        resource.setrlimit(resource.RLIMIT_NPROC, (hard, hard))
        limit(Limits(), now)
        return resource.getrlimit(resource.RLIMIT_NPROC)

    assert as_nobody(lambda: limit_after(1000, 50)) == "(306, 306)"
    assert as_nobody(lambda: limit_after(120, 50)) == "(56, 56)"
    assert as_nobody(lambda: limit_after(30, 20)) == "(0, 0)"


def test_links_take_space_as_well(scratch: Path) -> None:
    os.symlink("x" * 4000, scratch / "link")
    with tempfile.TemporaryFile() as prints:
        taken = usage_of(os.getpid(), scratch, prints.fileno()).bytes_on_disk
    assert taken == os.lstat(scratch / "link").st_blocks * 512


def test_too_much_is_reported() -> None:
    assert Usage(0, Usage.MOST_ENTRIES + 1, 0, 0, 1).excess() == "it made more than 1000 files"
    assert Usage(2**27, 1, 0, 0, 1).excess() == "its files take more than 64 MB"
    assert Usage(0, 0, 2**29, 0, 1).excess() == "it wrote more than 256 MB"
    assert Usage(0, 0, 0, Usage.MOST_PRINTED + 1, 1).excess() == "it printed more than 8 MB"
    assert Usage(0, 0, 0, 0, Usage.MOST_THREADS + 1).excess() == "it started more than 16 threads"
