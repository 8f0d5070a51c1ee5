"""`grader doctor`: each check says what it found, and one that fails doesn't end the others."""

import re
import sys
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest
import torch
from packaging.requirements import Requirement
from rich.console import Console

from grader import doctor
from grader.can_fork import CAN_FORK
from grader.doctor import Finding, run_doctor
from grader.tests.clone import Clone, clone_into


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return clone_into(tmp_path / "clone")


def printed() -> str:
    console = Console(file=StringIO(), width=200)
    run_doctor(console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def found(name: str) -> dict[str, Finding]:
    """Return the findings of one check by their state."""
    return {finding.state: finding for finding in getattr(doctor, name)()}


def test_it_runs_every_check_and_names_nobody(clone: Clone) -> None:
    done = clone.run("doctor")
    assert done.returncode == 0, done.stderr
    for words in ("Python 3.", "in a checkout", "packages are there", f"torch {torch.__version__}"):
        assert words in done.stdout, words
    assert re.search(r"ok   your code runs in a process of its own, \w+", done.stdout)
    assert str(clone.root) not in done.stdout and str(Path.home() / "") not in done.stdout


def test_a_missing_file_is_named(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    (clone.root / "exercises/s09_rms_norm.py").unlink()
    monkeypatch.chdir(clone.root)
    assert "s09_rms_norm" in found("_kata")["bad"].what
    assert "To be fixed: the kata's folder." in printed()


def test_no_kata_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("grader.editions._PACKAGE", tmp_path / "grader")
    assert "grader init" in found("_kata")["note"].advice


def test_an_old_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "requires", lambda _: ["torch>=999", "click>=1", "nothing-like-it"])
    wrong = [finding.what for finding in doctor._packages()]
    assert len(wrong) == 2 and "needs torch>=999" in wrong[0] and "not installed" in wrong[1]
    assert doctor._is_met(Requirement("click>=1"))


def test_a_gpu_that_cannot_be_used_is_no_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Some GPU")
    unusable = found("_torch")["note"]
    assert "Some GPU can't be used" in unusable.what and "--device cpu" in unusable.advice


def test_an_encoding_without_letters_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(BytesIO(), encoding="cp1252"))
    assert "PYTHONUTF8" in found("_terminal")["bad"].advice


def test_a_check_that_fails_does_not_end_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError("no such thing")

    monkeypatch.setattr("grader.workers.pool.start_pool", broken)
    text = printed()
    assert "bad  worker: OSError: no such thing" in text and "GB of memory free" in text


@pytest.mark.skipif(not CAN_FORK, reason="only Linux has the sandbox")
def test_a_machine_without_the_sandbox_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.sandbox.probe", lambda: type("Level", (), {"is_enough": False})())
    assert "can't be graded" in found("_sandbox")["note"].what
