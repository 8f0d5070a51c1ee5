"""The folder for Classroom 50, run in a student's checkout in the same way as by its runner."""

import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner

from grader.classroom.exports.submission_results import as_release_body
from grader.classroom.platforms.bundle import BundleSettings, write_classroom50_folder
from grader.classroom.safe_copies import student_copy
from grader.cli import main
from grader.kata import Kata
from grader.sandbox import probe
from grader.suite.graded_tests import collect
from grader.tests.made_once import made_once
from grader.tests.nasty_class import NASTY, SECRET, submission
from grader.tests.warm_venv import warm_venv

NORM = "s09_rms_norm.py"
TAG = "submit/2026-12-01T10-00-00Z-a1b2c3d"
PAGE = "https://github.com/school/cs-llama3-alice"
# What the runner sets, in addition to the standard GITHUB_*.
ENVIRONMENT = {
    "PAGES_BASE_URL": "https://school.github.io/classroom50",
    "CLASSROOM": "cs",
    "ASSIGNMENT": "llama3",
    "ASSIGNMENT_TYPE": "individual",
    "SUBMISSION_TAG": TAG,
    "USERNAME": "alice",
    "OWNER": "alice",
    "COMMIT_URL": f"{PAGE}/commit/a1b2c3d",
    "RELEASE_URL": f"{PAGE}/releases/tag/submit%2F2026",
    "REVIEW_URL": f"{PAGE}/compare/0...a1b2c3d",
}
enough = pytest.mark.skipif(not probe().is_enough, reason=f"below the floor: {probe()}")


class Runner:
    """Does what Classroom 50's runner does with a bundle and a checkout."""

    def __init__(self, folder: Path) -> None:
        self.bundle, self.checkout = folder / "bundle", folder / "checkout"
        self.checkout.mkdir()

    def use_fresh_python(self) -> None:
        """Use the virtual environment that the tests run in."""
        (self.bundle / "venv").unlink()
        (self.bundle / "venv").symlink_to(sys.prefix)

    def hand_in(self, name: str, text: str) -> None:
        path = self.checkout / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(self, **changes: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"], **ENVIRONMENT, **changes}
        environment["CLASSROOM50_BUNDLE_DIR"] = str(self.bundle)
        return subprocess.run(
            [sys.executable, str(self.bundle / "autograder.py")],
            cwd=self.checkout,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def result(self) -> dict[str, Any]:
        text = (self.checkout / "result.json").read_text(encoding="utf-8")
        assert len(text.encode()) < 10 * 2**20
        read: dict[str, Any] = json.loads(text)
        return read


@pytest.fixture(scope="session")
def bundle(kata: Kata, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle for s08 and s09."""

    def make(folder: Path) -> None:
        write_classroom50_folder(kata, BundleSettings((8, 9), 7, False), folder)

    return made_once(tmp_path_factory, "classroom50", make)


@pytest.fixture
def runner(bundle: Path, tmp_path: Path) -> Runner:
    """A copy of the bundle; the Python in its virtual environment is a warm one."""
    made = Runner(tmp_path)
    shutil.copytree(bundle, made.bundle)
    (made.bundle / "venv").symlink_to(warm_venv())
    return made


def right(kata: Kata) -> str:
    text = (kata.solutions / NORM).read_text(encoding="utf-8")
    return text.replace("from solutions.", "from exercises.")


def visible_points(runner: Runner, stage: str) -> int:
    return sum(test.points for test in collect(runner.bundle / f"kata/tests/test_{stage}.py"))


def violations(result: dict[str, Any]) -> list[str]:
    """Return how a result violates `classroom50/result/v1`: its schema, and the runner's checks."""
    texts = {"classroom", "assignment", "owner", "submission", "commit", "release", "review"}
    needed = {*texts, "schema", "assignment_type", "datetime", "score", "max-score", "tests"}
    time = re.compile(r"\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ")
    points = [(result["score"], result["max-score"])]
    points += [(test["score"], test["max-score"]) for test in result["tests"]]
    rules = {
        "the keys": needed <= set(result) <= needed | {"graded_at", "submitted_by"},
        "the schema": result["schema"] == "classroom50/result/v1",
        "texts": all(isinstance(result[name], str) and result[name] for name in texts),
        "the identity": all(result[key.lower()] == ENVIRONMENT[key] for key in
                            ("CLASSROOM", "ASSIGNMENT", "ASSIGNMENT_TYPE", "OWNER")),
        "the tag": result["submission"].startswith("submit/"),
        "times": all(time.fullmatch(result[name]) for name in ("datetime", "graded_at")),
        "points": all(type(one) is int and one >= 0 for pair in points for one in pair),
        "no more than the most": all(got <= most for got, most in points),
        "names": all(isinstance(test["test-name"], str) and test["test-name"]
                     for test in result["tests"]),
        "passed": all(type(test["passed"]) is bool for test in result["tests"]),
    }  # fmt: skip
    return [rule for rule, holds in rules.items() if not holds]


@enough
def test_right_code_has_its_points_and_a_valid_result(kata: Kata, runner: Runner) -> None:
    runner.use_fresh_python()
    runner.hand_in(f"exercises/{NORM}", right(kata))
    done = runner.run()
    result = runner.result()
    assert done.returncode == 0, done.stderr
    assert violations(result) == []
    assert (result["score"], result["submission"]) == (6, TAG)
    assert result["max-score"] == 6 + visible_points(runner, "s08_embedding")
    assert {test["passed"] for test in result["tests"] if "s09" in test["test-name"]} == {True}
    body = (runner.checkout / "release-body.md").read_text()
    assert "| s09 RMS norm | passed | 6 / 6 |" in body and "not started" in body


def test_what_is_published_has_no_hidden_tests(kata: Kata, runner: Runner) -> None:
    suites = sorted((runner.bundle / "kata/tests").glob("test_s*.py"))
    assert len(suites) == len(list(kata.root.glob("tests/test_s*.py"))) > 0
    hidden = {test.name for suite in kata.root.glob("tests/*.py") for test in collect(suite)
              if test.hidden}  # fmt: skip
    left = {test.name for suite in suites for test in collect(suite)}
    assert hidden and not hidden & left
    assert not [suite for suite in suites if "hidden=True" in suite.read_text(encoding="utf-8")]


def test_violations_are_found(kata: Kata) -> None:
    test = {"test-name": "a", "passed": True, "score": 2, "max-score": 1.5}
    bad = {
        **{key.lower(): value for key, value in ENVIRONMENT.items()},
        **{"schema": "v1", "submission": "mine", "commit": "", "release": "r", "review": "r"},
        **{"datetime": "today", "graded_at": "now", "score": True, "max-score": 0},
        "tests": [test],
    }
    found = violations(bad)
    assert {"the keys", "the schema", "texts", "the tag", "times", "points"} < {*found}
    assert "no more than the most" in found


@enough
def test_nothing_of_the_checkout_is_imported(kata: Kata, runner: Runner) -> None:
    """Python would prefer the current folder's modules to its own."""
    runner.use_fresh_python()
    mark = runner.checkout.parent / "mark"
    code = f"open({str(mark)!r}, 'a').write(__name__)\n"
    for name in ("json", "re", "venv", "subprocess", "torch", "numpy", "sitecustomize", "conftest"):
        runner.hand_in(f"{name}.py", code)
    for name in ("grader", "pip", "pytest", "exercises", "solutions"):
        runner.hand_in(f"{name}/__init__.py", code)
    runner.hand_in("pytest.ini", "[pytest]\naddopts = -p conftest\n")
    runner.hand_in(f"exercises/{NORM}", right(kata))
    done = runner.run()
    assert done.returncode == 0, done.stderr
    assert runner.result()["score"] == 6
    assert not mark.exists()


@enough
def test_a_link_in_the_place_of_the_result_is_not_followed(kata: Kata, runner: Runner) -> None:
    victim = runner.checkout.parent / "victim"
    victim.write_text("as it was")
    for name in ("result.json", "release-body.md"):
        (runner.checkout / name).symlink_to(victim)
    runner.hand_in(NORM, right(kata))
    assert runner.run().returncode == 0
    assert runner.result()["score"] == 6 and victim.read_text() == "as it was"


@enough
def test_the_log_contains_nothing_from_the_code(runner: Runner) -> None:
    """GitHub executes lines that begin with `::`."""
    code = "print('::add-path::/tmp')\ndef rms_norm(x, weight, eps):\n    print('::debug::x')\n"
    runner.hand_in(NORM, f"{code}    return x\n")
    done = runner.run()
    assert done.returncode == 0 and "s09 RMS norm: not right yet, 0 of 6 points" in done.stdout
    assert "::" not in done.stdout + done.stderr and "values" not in done.stdout
    assert any("values" in test["message"] for test in runner.result()["tests"])


@enough
def test_nothing_handed_in_is_a_failure_of_every_stage(runner: Runner) -> None:
    runner.hand_in("essay.txt", "hello")
    assert runner.run().returncode == 0
    result = runner.result()
    assert violations(result) == []
    assert result["score"] == 0
    assert result["max-score"] == 6 + visible_points(runner, "s08_embedding")
    assert {test["passed"] for test in result["tests"]} == {False}
    assert "no stage file" in (runner.checkout / "release-body.md").read_text()


def test_without_the_runner_it_says_what_is_missing(runner: Runner) -> None:
    done = runner.run(SUBMISSION_TAG="")
    assert done.returncode == 1
    assert "::error::grader: SUBMISSION_TAG is not set" in done.stdout
    assert not (runner.checkout / "result.json").exists()


def test_the_command_makes_a_folder_that_can_be_fetched(tmp_path: Path) -> None:
    out = tmp_path / "autograder"
    done = CliRunner().invoke(main, ["class", "classroom50", "--out", str(out), "--seed", "5"])
    assert done.exit_code == 0 and "seed 5, 20 stages, without hidden tests\n" in done.output
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(out, "llama3")
    assert len(packed.getvalue()) < 10 * 2**20  # the runner accepts no more
    assert (out / "autograder.py").is_file() and (out / "kata/solutions" / NORM).is_file()
    again = CliRunner().invoke(main, ["class", "classroom50", "--out", str(out)])
    assert again.exit_code == 2 and "is not empty" in again.output


def script(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("autograder", folder / "autograder.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_installs_torch_first_and_without_cuda(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    (runner.bundle / "venv").unlink()
    autograder, ran = script(runner.bundle), []

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        ran.append((command, options))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr("venv.create", lambda folder, with_pip: folder.mkdir())
    monkeypatch.setattr("subprocess.run", run)
    assert autograder.main() == 0
    torch, others, grade = ran
    assert torch[0][-4:-1] == ["--no-deps", "--index-url", autograder.TORCH_INDEX]
    assert torch[0][-1].startswith("torch==") and "/cpu" in autograder.TORCH_INDEX
    assert others[0][-2:] == ["-r", str(runner.bundle / "requirements.txt")]
    assert torch[0][1] == others[0][1] == "-I" and grade[0][1] == "-P"
    assert {options["cwd"] for _, options in ran} == {runner.bundle}


def test_a_python_that_is_too_old_is_reported(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    autograder = script(runner.bundle)
    monkeypatch.setattr(sys, "version_info", (3, 10, 12))
    assert autograder.main() == 1
    assert "::error::this is Python 3.10.12: the kata needs 3.11" in capsys.readouterr().out


@pytest.mark.parametrize("text", [*NASTY, "```\n# mine\n````x", "`` | a | b"])
def test_untrusted_text_stays_in_its_fence(text: str) -> None:
    body = as_release_body(student_copy(submission("alice", text)))
    assert SECRET not in body
    unfenced = re.sub(r"^(`{3,})text\n.*?\n\1$", "", body, flags=re.DOTALL | re.MULTILINE)
    outside = re.sub(r"(?<!`)(`+)(?!`) .*? \1(?!`)", "", unfenced)
    assert "mine" not in outside and "<script>" not in outside and "a | b" not in outside
    assert outside.count("####") == 1 and "test_eps" in outside


def test_a_long_release_is_cut() -> None:
    body = as_release_body(student_copy(submission("alice", "x\n" * 100_000)))
    assert len(body) < 125_000 and "..." in body
