"""`grader check --target FOLDER`: code that may be someone else's."""

from pathlib import Path

import pytest

from grader.check import require_sandbox
from grader.errors import UsageError
from grader.kata import Kata
from grader.sandbox import Level, probe
from grader.targets import find_target
from grader.tests.clone import Clone, clone_into


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return clone_into(tmp_path)


def test_a_target_folder_is_graded_alone(clone: Clone, tmp_path: Path) -> None:
    submission = clone.root / "submission"
    submission.mkdir()
    solution = (clone.root / "solutions/s09_rms_norm.py").read_text(encoding="utf-8")
    (submission / "s09_rms_norm.py").write_text(solution, encoding="utf-8")
    assert clone.run("check", "9", "--target", "submission").returncode == 0
    lacking = clone.run("check", "9", "10", "--target", "submission")
    assert lacking.returncode == 2 and lacking.stdout == ""
    assert "submission has no s10_freqs_cis.py" in lacking.stderr


def test_someone_elses_whole_kata_is_a_target_too(kata: Kata, tmp_path: Path) -> None:
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises/s09_rms_norm.py").touch()
    assert find_target(kata, str(tmp_path)) == (tmp_path / "exercises").resolve()


WRITES = """
def rms_norm(x, weight, eps):
    open({path!r}, "w").write("x")
"""


@pytest.mark.skipif(not probe().is_enough, reason=f"this machine is below the floor: {probe()}")
def test_the_code_of_a_folder_is_sandboxed(clone: Clone, tmp_path: Path) -> None:
    submission, proof = clone.root / "submission", tmp_path / "proof"
    submission.mkdir()
    text = WRITES.format(path=str(proof))
    (submission / "s09_rms_norm.py").write_text(text, encoding="utf-8")
    shown = clone.run("check", "9", "--target", "submission")
    assert shown.returncode == 1 and "PermissionError" in shown.stdout
    assert not proof.exists()
    trusting = clone.run("check", "9", "--target", "submission", "--trust")
    assert "PermissionError" not in trusting.stdout
    assert proof.exists()


def test_without_a_sandbox_a_folder_must_be_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.check.probe", lambda: Level(0, False))
    with pytest.raises(UsageError, match=r"may be someone else's code.* --trust"):
        require_sandbox("submission")
