"""`grader author`: nothing missing, a list of problems, and Ctrl-C."""

import io
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from grader.author.run_author import run_author
from grader.cli import main
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import stage_of
from grader.tests.clone import Clone, authors_clone_into
from grader.tests.processes import wait_until
from grader.tests.programs import environment_with
from grader.tests.test_author_files import edit, swap

COMMAND = [sys.executable, "-m", "grader", "author"]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return authors_clone_into(tmp_path)


@pytest.fixture
def in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check stages in this process, which has imported torch already.

    With two threads, they would draw in each other's style.
    """
    monkeypatch.setattr("grader.author.run_author._workers", lambda count: ThreadPool(1))


@pytest.mark.usefixtures("in_a_thread")
def test_all_problems_are_listed_at_the_end(clone: Clone) -> None:
    edit(clone.kata, "lessons/s04_special_tokens.md", swap("## By hand", "## Numbers"))
    edit(clone.kata, "exercises/s04_special_tokens.py", swap("Meta's order", "some order"))
    edit(clone.kata, "README.md", swap("lessons/coverage.md", "lessons/uncovered.md"))
    console = Console(file=io.StringIO(), width=100, soft_wrap=True)
    with console.capture() as captured:
        assert run_author(clone.kata, console, [stage_of(4)], 1) == 1
    shown = captured.get().splitlines()
    assert shown[0].split() == ["FAIL", "s04_special_tokens", "3", "problems"]
    assert shown[2:4] == [
        "3 problems:",
        "- lessons/s04_special_tokens.md has no section 'By hand': write it",
    ]
    assert shown[4].startswith("- lessons/zh/s04_special_tokens.md is stale")
    assert shown[5] == "## Numbers"
    assert "run `python -m grader.author.write_stubs`" in shown[6]
    assert len(shown) == 7  # the README belongs to no stage


def test_suites_are_tested_with_at_least_one_seed(clone: Clone) -> None:
    done = clone.run("author", "9", "--seeds", "0")
    assert done.returncode == 2 and "'--seeds': 0 is not in the range" in done.stderr


@pytest.mark.usefixtures("in_a_thread")
def test_without_a_stage_the_whole_kata_is_checked_too(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.author.run_author.STAGES", [stage_of(20)])
    edit(clone.kata, "README.md", swap("lessons/coverage.md", "lessons/uncovered.md"))
    console = Console(file=io.StringIO(), width=200)
    with console.capture() as shown:
        assert run_author(clone.kata, console, [], 1) == 1
    lines = shown.get().splitlines()
    assert lines[0].split()[:2] == ["ok", "s20_the_answer"]
    assert lines[1].split() == ["FAIL", "the", "whole", "kata", "2", "problems"]
    assert lines[4].startswith("- README.md links to lessons/uncovered.md, which does not exist")
    assert any(line.startswith("- README.zh.md is stale") for line in lines)


def is_gone(group: int) -> bool:
    """Return whether no process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_ctrl_c_leaves_no_traceback_no_process_and_no_file(clone: Clone, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    process = subprocess.Popen(
        [*COMMAND, "20", "7", "17"],  # a quick stage, then one for each of the two processes
        cwd=clone.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=environment_with(PYTHONUNBUFFERED="1", TMPDIR=str(temporary)),
    )
    assert process.stdout is not None
    assert "s20_the_answer" in process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)  # like a terminal: to every process of the group
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in rest and "Aborted!" in rest
    wait_until(lambda: is_gone(process.pid), 20.0)
    assert list(temporary.iterdir()) == []


def test_a_terminal_shows_what_is_being_checked_and_that_nothing_is_missing(clone: Clone) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "4", "20"],
        cwd=clone.root,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment_with(TERM="xterm", COLUMNS="80"),
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            shown += os.read(ours, 4096)
        except OSError:  # the other end has been closed
            break
    os.close(ours)
    assert process.wait(timeout=60) == 0
    text = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", shown).decode()
    assert "0 of 2 done, now s04_special_tokens" in text
    assert "1 of 2 done, now s20_the_answer" in text
    assert re.findall(r"ok +(s\d\d_\w+)", text) == ["s04_special_tokens", "s20_the_answer"]
    assert (
        "Nothing is missing." in text and shown.count(b"\x1b[?25h") == 1
    )  # the cursor is visible again


def test_the_command_without_a_stage_asks_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Sequence[Stage]] = []

    def run(kata: Kata, console: Console, chosen: Sequence[Stage], seeds: int) -> int:
        asked.append(chosen)
        return 0

    monkeypatch.setattr("grader.author.run_author.run_author", run)
    assert CliRunner().invoke(main, ["author"]).exit_code == 0
    assert CliRunner().invoke(main, ["author", "4"]).exit_code == 0
    assert asked == [[], [stage_of(4)]]  # without any, `run_author` checks all that there is
