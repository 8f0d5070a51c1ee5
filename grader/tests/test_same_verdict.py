"""`grader check` and plain `pytest` give the same verdict, whatever the code under test does."""

import json
import re
from pathlib import Path

import pytest

from grader.can_fork import CAN_FORK
from grader.tests.clone import Clone, clone_into
from grader.tests.warm_venv import warm_venv

_LINE = re.compile(r"::(test_\w+)(?:\[.*\])? (PASSED|FAILED|SKIPPED|ERROR)")
SUITE = "tests/test_s09_rms_norm.py"
LONG = 2**127 + 4  # a seed such as a class has
RAISING = '    raise NotImplementedError("rms_norm is not written yet")\n'
BODIES = {
    "eps outside": "    return x / (x.pow(2).mean(-1, keepdim=True).sqrt() + eps) * weight\n",
    "raises": "    return x.nothing\n",
    "wrong type": "    return x.tolist()\n",
    "no value": "    pass\n",
    "changes its input": "    return x.mul_(weight)\n",
    "still a stub": RAISING,
}
# A pytest whose random seed is a long one. Its workers must be told, as they would draw another.
_DRAWS_LONG = f"""
import sys, pytest
from grader.pytest_plugin import plugin
plugin.fresh_seed = lambda *_: {LONG}
sys.exit(pytest.main(sys.argv[1:]))
"""


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return clone_into(tmp_path)


def outcomes_of_check(clone: Clone, *args: str) -> dict[str, str]:
    report = json.loads(clone.run("check", *args, "--format", "json").stdout)
    return {test["name"]: test["outcome"] for stage in report["stages"] for test in stage["tests"]}


def outcomes_of_pytest(clone: Clone, *args: str) -> dict[str, str]:
    shown = clone.python("-m", "pytest", "-v", *args).stdout
    return {name: outcome.lower() for name, outcome in _LINE.findall(shown)}


def two_workers() -> list[str]:
    """Return pytest's options for two processes, which are forked here if they can be."""
    if not CAN_FORK:
        return ["-n", "2"]
    return ["-d", "--tx", f"2*popen//python={warm_venv() / 'bin' / 'python'}"]


def values_shown(report: str) -> list[str]:
    """Return the lines that show a value beside the expected one, in alphabetical order."""
    return sorted(line for line in report.splitlines() if ", got " in line)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_both_give_the_same_outcomes(clone: Clone, body: str) -> None:
    stub = (clone.root / "exercises/s09_rms_norm.py").read_text(encoding="utf-8")
    clone.write("s09_rms_norm", stub.replace(RAISING, body))
    ours = outcomes_of_check(clone, "9", "--seed", "3")
    assert ours == outcomes_of_pytest(clone, SUITE, "--seed=3")
    assert "failed" in ours.values() or "skipped" in ours.values()


def test_both_name_the_same_mistake(clone: Clone) -> None:
    stub = (clone.root / "exercises/s09_rms_norm.py").read_text(encoding="utf-8")
    clone.write("s09_rms_norm", stub.replace(RAISING, BODIES["eps outside"]))
    of_pytest = clone.python("-m", "pytest", SUITE, "--seed=3").stdout
    of_check = clone.run("check", "9", "--seed", "3").stdout
    for title in ("eps is added after the root", "mean square is in half precision"):
        assert title in of_pytest and title in of_check
    assert "all 60 values are wrong" in of_pytest


def test_a_file_that_cannot_be_imported_fails_in_both(clone: Clone) -> None:
    clone.write("s09_rms_norm", "def rms_norm(:\n")
    shown = clone.python("-m", "pytest", SUITE).stdout
    assert "s09_rms_norm.py cannot be imported: SyntaxError" in shown
    assert set(outcomes_of_check(clone, "9").values()) == {"error"}


def test_the_solutions_pass(clone: Clone) -> None:
    shown = clone.python("-m", "pytest", "tests", "--target=solutions", f"--seed={LONG}")
    assert shown.returncode == 0, shown.stdout
    assert f"seed {LONG}" in shown.stdout


def test_processes_side_by_side_draw_from_the_one_seed_that_is_shown(clone: Clone) -> None:
    clone.solve("s10_freqs_cis")
    clone.write("s09_rms_norm", "def rms_norm(x, weight, eps):\n    return x\n")
    suites = SUITE, "tests/test_s10_freqs_cis.py", "tests/test_s11_rotate.py"
    together = clone.python("-c", _DRAWS_LONG, *two_workers(), *suites).stdout
    assert f"seed {LONG}" in together and "2 workers" in together
    alone = clone.python("-m", "pytest", *suites, f"--seed={LONG}").stdout
    assert values_shown(together) == values_shown(alone) != []
    summary = together.splitlines()[-1]
    assert "failed" in summary and "passed" in summary and "skipped" in summary


def test_pytest_says_why_a_target_cannot_be_graded(clone: Clone) -> None:
    shown = clone.python("-m", "pytest", SUITE, "--target=nowhere")
    assert shown.returncode == 2
    assert "--target nowhere: there is no such folder" in shown.stdout + shown.stderr
