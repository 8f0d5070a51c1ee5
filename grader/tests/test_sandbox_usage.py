"""What is seen of a worker from outside, and what of it is too much."""

import os
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

from grader.sandbox.cleanup import remove_litter
from grader.sandbox.limits import Usage, usage_of

NOBODY = 65534


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
    # What other tests have written in this process is no concern of this one.
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


def test_a_folder_that_is_closed_to_the_grader_is_too_much() -> None:
    litter, user = Path(tempfile.mkdtemp()), os.geteuid()  # nobody comes to pytest's own folder
    litter.chmod(0o777)
    if user == 0:
        os.seteuid(NOBODY)  # root looks into every folder
    try:
        (litter / "closed").mkdir(mode=0o300)
        (litter / "closed" / "hidden").touch()
        assert excess_in(litter) == "it made folders that can't be looked into"
    finally:
        os.seteuid(user)
        remove_litter(litter)


def test_too_much_is_said() -> None:
    assert Usage(0, Usage.MOST_ENTRIES + 1, 0, 0, 1).excess() == "it made more than 1000 files"
    assert Usage(2**27, 1, 0, 0, 1).excess() == "its files have more than 64 MB"
    assert Usage(0, 0, 2**29, 0, 1).excess() == "it wrote more than 256 MB"
    assert Usage(0, 0, 0, Usage.MOST_PRINTED + 1, 1).excess() == "it printed more than 8 MB"
    assert Usage(0, 0, 0, 0, Usage.MOST_THREADS + 1).excess() == "it started more than 16 threads"
