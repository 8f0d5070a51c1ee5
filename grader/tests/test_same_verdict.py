"""`grader check` and plain `pytest` give the same verdict, whatever the code under test does."""

import json
import re
from pathlib import Path

import pytest

from grader.tests.clone import Clone, clone_into

_LINE = re.compile(r"::(test_\w+)(?:\[.*\])? (PASSED|FAILED|SKIPPED|ERROR)")
RAISING = '    raise NotImplementedError("rms_norm is not written yet")\n'
BODIES = {
    "eps outside": "    return x / (x.pow(2).mean(-1, keepdim=True).sqrt() + eps) * weight\n",
    "raises": "    return x.nothing\n",
    "wrong type": "    return x.tolist()\n",
    "no value": "    pass\n",
    "changes its input": "    return x.mul_(weight)\n",
    "still a stub": RAISING,
}


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return clone_into(tmp_path)


def outcomes_of_check(clone: Clone, *args: str) -> dict[str, str]:
    report = json.loads(clone.run("check", *args, "--format", "json").stdout)
    return {test["name"]: test["outcome"] for stage in report["stages"] for test in stage["tests"]}


def outcomes_of_pytest(clone: Clone, *args: str) -> dict[str, str]:
    shown = clone.python("-m", "pytest", "-v", *args).stdout
    return {name: outcome.lower() for name, outcome in _LINE.findall(shown)}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_both_give_the_same_outcomes(clone: Clone, body: str) -> None:
    stub = (clone.root / "exercises/s09_rms_norm.py").read_text(encoding="utf-8")
    clone.write("s09_rms_norm", stub.replace(RAISING, body))
    ours = outcomes_of_check(clone, "9", "--seed", "3")
    assert ours == outcomes_of_pytest(clone, "tests/test_s09_rms_norm.py", "--seed=3")
    assert "failed" in ours.values() or "skipped" in ours.values()


def test_both_name_the_same_mistake(clone: Clone) -> None:
    stub = (clone.root / "exercises/s09_rms_norm.py").read_text(encoding="utf-8")
    clone.write("s09_rms_norm", stub.replace(RAISING, BODIES["eps outside"]))
    shown = clone.python("-m", "pytest", "tests/test_s09_rms_norm.py", "--seed=3").stdout
    for title in ("eps is added after the root", "mean square is taken in half precision"):
        assert title in shown
        assert title in clone.run("check", "9", "--seed", "3").stdout
    assert "all 60 values are wrong" in shown


def test_a_file_that_cannot_be_imported_fails_in_both(clone: Clone) -> None:
    clone.write("s09_rms_norm", "def rms_norm(:\n")
    shown = clone.python("-m", "pytest", "tests/test_s09_rms_norm.py").stdout
    assert "s09_rms_norm.py cannot be imported: SyntaxError" in shown
    assert set(outcomes_of_check(clone, "9").values()) == {"error"}


def test_a_fresh_kata_is_all_skipped_also_in_parallel(clone: Clone) -> None:
    shown = clone.python("-m", "pytest", "-q", "-n", "2", "tests/test_s09_rms_norm.py")
    assert shown.returncode == 0, shown.stdout
    assert re.search(r"^\d+ skipped", shown.stdout.splitlines()[-1])


def test_the_solutions_pass_in_parallel_with_one_seed(clone: Clone) -> None:
    shown = clone.python("-m", "pytest", "-n", "2", "tests", "--target=solutions", "--seed=4")
    assert shown.returncode == 0, shown.stdout
    assert "seed 4" in shown.stdout


def test_pytest_says_why_a_target_cannot_be_graded(clone: Clone) -> None:
    shown = clone.python("-m", "pytest", "tests/test_s09_rms_norm.py", "--target=nowhere")
    assert shown.returncode == 2
    assert "--target nowhere: there is no such folder" in shown.stdout + shown.stderr
