"""A run over a class is killed with kill -9: nothing is lost, nothing is graded twice."""

import sys
from functools import partial
from pathlib import Path

import pytest

from grader.home import Kata
from grader.lockdown import probe
from grader.tests.class_folder import OUTSIDE, STAGES, ClassFolder, files_of
from grader.tests.killing import run_and_kill, whole_lines

pytestmark = pytest.mark.skipif(
    not probe().is_enough, reason=f"this machine is below the floor: {probe()}"
)
COUNT, KILLS = 8, 3


def test_a_killed_run_goes_on_where_it_was(kata: Kata, tmp_path: Path) -> None:
    a_class = ClassFolder(tmp_path, kata)
    for number in range(COUNT):
        a_class.add(f"s{number}", changed=OUTSIDE if number % 2 else "", note=str(number))
    assert a_class.grade("--seed", "7").returncode == 0
    undisturbed, journal = a_class.files(), a_class.journal()

    out, temporary = tmp_path / "killed", tmp_path / "tmp"
    temporary.mkdir()
    command = [sys.executable, "-m", "grader", "class", "grade", str(a_class.submissions)]
    command += ["--out", str(out), "--stages", STAGES, "--seed", "7"]
    for _ in range(KILLS):  # each soon after its first result
        known = len(whole_lines(out))
        killed = run_and_kill(command, out, temporary, partial(_knows_more_than, known, out))
        assert killed.kept and not killed.was_done and killed.processes > 0 == killed.left
        assert known < killed.graded < COUNT and list(temporary.iterdir()) == []
    last = run_and_kill(command, out, temporary, lambda: False)
    assert last.was_done and last.kept and list(temporary.iterdir()) == []
    assert files_of(out) == undisturbed
    assert sorted(whole_lines(out)) == sorted(line.encode() for line in journal)
    assert not (out / ".work").exists()


def _knows_more_than(known: int, out: Path) -> bool:
    return len(whole_lines(out)) > known
