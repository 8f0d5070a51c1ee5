"""A run over a class is killed with kill -9: nothing is lost, and nothing is graded twice."""

import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from grader.kata import Kata
from grader.sandbox import probe
from grader.stages import stage_of
from grader.tests.class_folder import OUTSIDE, ClassFolder, files_of
from grader.tests.clone import run_grader
from grader.tests.killing import run_and_kill, whole_lines

pytestmark = pytest.mark.skipif(
    not probe().is_enough, reason=f"this machine is below the floor: {probe()}"
)
COUNT, KILLS = 6, 2
# Its messages contain folders, which are elsewhere in another run.
LOADS_NOTHING = "\n\ndef load_checkpoint(folder):\n    return {}, {}\n"


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder whose path has little in common with that of `tmp_path`."""
    with tempfile.TemporaryDirectory(prefix="elsewhere-") as folder:
        yield Path(folder)


def test_a_killed_run_continues_where_it_stopped(
    kata: Kata, tmp_path: Path, elsewhere: Path
) -> None:
    a_class = ClassFolder(tmp_path, kata)
    for number in range(COUNT):
        own = a_class.add(f"s{number}", changed=OUTSIDE if number % 2 else "", note=str(number))
        if number in (0, COUNT - 1):  # it takes longer than all other stages together
            loading = kata.solution(stage_of(7)).read_text(encoding="utf-8") + LOADS_NOTHING
            (own / "s07_checkpoint.py").write_text(loading, encoding="utf-8")
    chosen = ("--stages", "7-9", "--seed", "7")
    assert a_class.grade(*chosen).returncode == 0
    undisturbed, journal = a_class.files(), a_class.journal()

    out, temporary = elsewhere / "killed", elsewhere / "tmp"
    temporary.mkdir()
    given = ("class", "grade", str(a_class.submissions), "--out", str(out), *chosen)
    command = [sys.executable, "-m", "grader", *given]
    for _ in range(KILLS):  # each is killed soon after its first result
        known = len(whole_lines(out))
        killed = run_and_kill(command, out, temporary, partial(_knows_more_than, known, out))
        assert killed.kept and not killed.was_done and killed.processes > 0 == killed.left
        assert known < killed.graded < COUNT and list(temporary.iterdir()) == []
    before = whole_lines(out)
    assert run_grader(*given, TMPDIR=str(temporary)).returncode == 0
    assert whole_lines(out)[: len(before)] == before and list(temporary.iterdir()) == []
    assert files_of(out) == undisturbed
    assert sorted(whole_lines(out)) == sorted(line.encode() for line in journal)
    assert not (out / ".work").exists()


def _knows_more_than(known: int, out: Path) -> bool:
    return len(whole_lines(out)) > known
