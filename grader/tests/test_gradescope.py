"""The zip for Gradescope, unpacked in Gradescope's layout, and run on submissions."""

import json
import os
import shutil
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from grader.classroom.platforms.bundle import BundleSettings, write_gradescope_zip
from grader.cli import main
from grader.kata import Kata
from grader.sandbox import probe
from grader.sandbox.privileges import SECRET
from grader.tests.gradescope_machine import FORGED, SETTINGS, Autograder, attack, autograder
from grader.tests.old_kernel import lose_landlock, lose_landlock_and_seccomp
from grader.tests.programs import environment_with, run_forked

__all__ = ["autograder"]

NORM = "s09_rms_norm.py"

enough = pytest.mark.skipif(not probe().is_enough, reason=f"below the floor: {probe()}")
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def right(kata: Kata, name: str = NORM) -> str:
    text = (kata.solutions / name).read_text(encoding="utf-8")
    return text.replace("from solutions.", "from exercises.")


def snapshot(root: Path) -> dict[str, bytes]:
    files = [path for path in (root / "source").rglob("*") if path.is_file()]
    kept = [path for path in files if "__pycache__" not in path.parts]
    return {str(path): path.read_bytes() for path in (*kept, root / "run_autograder")}


def held(autograder: Autograder, preexec: Callable[[], None] | None = None) -> None:
    """Check that the attack achieves nothing, and that the other stage keeps its points."""
    done = autograder.root / "done"
    done.touch()
    done.chmod(0o666)
    before = snapshot(autograder.root)
    autograder.run(preexec)
    assert done.read_text() == ""
    assert snapshot(autograder.root) == before
    result = autograder.result()
    points = {test["name"].partition(":")[0]: 0 for test in result["tests"]}
    for test in result["tests"]:
        points[test["name"].partition(":")[0]] += test["score"]
    assert points == {"s08 Embedding": 2, "s09 RMS norm": 0}
    assert result["score"] == 2


def test_the_zip_is_the_same_each_time(kata: Kata, tmp_path: Path) -> None:
    first, second, other = (tmp_path / name for name in ("a.zip", "b.zip", "c.zip"))
    assert write_gradescope_zip(kata, SETTINGS, first) == first.stat().st_size
    write_gradescope_zip(kata, SETTINGS, second)
    write_gradescope_zip(kata, BundleSettings((8, 9), 8, False), other)
    assert first.read_bytes() == second.read_bytes() != other.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "b.zip", "c.zip"]


def test_the_zip_has_what_grading_needs_and_no_more(kata: Kata, tmp_path: Path) -> None:
    write_gradescope_zip(kata, SETTINGS, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        modes = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
        requirements = archive.read("requirements.txt").decode()
    scripts = [name for name in modes if "/" not in name and modes[name] & 0o111]
    assert scripts == ["run_autograder", "setup.sh"]
    assert {f"kata/{name}" for name in SECRET} < {str(Path(name).parent) for name in modes}
    assert "kata/tiny_weights/trained/consolidated.00.pth" in modes
    for part in ("__pycache__", "lessons/", "exercises/", "grader/tests/", "grader/author/"):
        assert not [name for name in modes if part in name]
    assert "torch" in requirements and "pytest>=" in requirements


def test_the_command_prints_what_it_has_made(tmp_path: Path) -> None:
    out = tmp_path / "a.zip"
    done = CliRunner().invoke(main, ["class", "gradescope", "--out", str(out), "--stages", "1-19"])
    assert done.exit_code == 0, done.output
    assert "19 stages, 95 points\n" in done.output
    with zipfile.ZipFile(out) as archive:
        settings = msgspec.convert(json.loads(archive.read("settings.json")), BundleSettings)
    assert settings.seed > 2**64  # too long to find by trying
    assert f"seed {settings.seed}," in done.output and settings.stages == tuple(range(1, 20))
    missing = CliRunner().invoke(main, ["class", "gradescope", "--out", str(out / "b.zip")])
    assert missing.exit_code == 2


@enough
def test_right_code_has_its_points(kata: Kata, autograder: Autograder) -> None:
    autograder.use_fresh_python()
    autograder.hand_in(f"work/exercises/{NORM}", right(kata))
    printed = autograder.run()
    result = autograder.result()
    assert (result["score"], result["stdout_visibility"]) == (6, "hidden")
    assert result["extra_data"] == {"locked_down": str(probe())}
    scores = {test["name"]: (test["score"], test["max_score"]) for test in result["tests"]}
    assert sum(most for _, most in scores.values()) == 8
    assert "s08 Embedding: not started, 0 of 2 points" in result["output"]
    assert "6 of 8 points, seed" in printed


@enough
def test_students_see_hidden_tests_fail_and_teachers_see_why(
    kata: Kata, autograder: Autograder
) -> None:
    autograder.hand_in(NORM, "def rms_norm(x, weight, eps):\n    return x\n")
    printed = autograder.run()
    outputs = [test["output"] for test in autograder.result()["tests"]]
    assert "This test is hidden." in outputs
    assert "(failed, hidden)" in printed and "all 60 values are wrong" in printed
    assert any("s09" in test["name"] for test in autograder.result()["tests"])


@enough
@pytest.mark.parametrize("what", ["results are there", "results are a link"])
def test_an_attack_gains_nothing(kata: Kata, autograder: Autograder, what: str) -> None:
    if what == "results are a link":
        autograder.results.symlink_to(autograder.root / "elsewhere")
    else:
        autograder.use_fresh_python()
    autograder.hand_in(NORM, attack(autograder.root))
    autograder.hand_in("s08_embedding.py", right(kata, "s08_embedding.py"))
    held(autograder)


@only_root
@pytest.mark.skipif(not probe().seccomp, reason="this kernel has no seccomp")
def test_an_attack_gains_nothing_without_landlock(kata: Kata, autograder: Autograder) -> None:
    """When teachers last reported, Gradescope's machines had a kernel older than 5.13."""
    if not all(is_open(Path(sysconfig.get_path(name))) for name in ("stdlib", "purelib")):
        pytest.skip("the Python that runs this lies in a folder that only root comes to")
    autograder.use_fresh_python()
    autograder.hand_in(NORM, attack(autograder.root))
    autograder.hand_in("s08_embedding.py", right(kata, "s08_embedding.py"))
    held(autograder, lose_landlock)
    assert "a user of its own" in autograder.result()["extra_data"]["locked_down"]


def test_the_attack_works_without_a_sandbox(autograder: Autograder) -> None:
    """Without a sandbox, it achieves what the tests above look for."""
    autograder.hand_in(NORM, attack(autograder.root))
    submission = autograder.root / "submission"
    done = run_forked("-m", "s09_rms_norm", folder=submission, environment=environment_with())
    assert done.returncode == 0, done.stderr
    achieved = (autograder.root / "done").read_text().split()
    assert len(achieved) == 9 and {"replace_results", "read_the_answer"} < {*achieved}
    assert autograder.results.read_text() == FORGED


def is_open(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))


def test_an_empty_submission_gets_no_points_and_says_so(autograder: Autograder) -> None:
    if not probe().is_enough:
        pytest.skip(f"below the floor: {probe()}")
    autograder.hand_in("essay.txt", "hello")
    autograder.run()
    result = autograder.result()
    assert result["score"] == 0
    assert "no stage file (such as s01_vocabulary.py) was found" in result["output"]
    assert sum(test["max_score"] for test in result["tests"]) == 8


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of x86-64")
def test_without_a_sandbox_it_grades_only_what_is_trusted(
    kata: Kata, autograder: Autograder
) -> None:
    autograder.use_fresh_python()
    autograder.hand_in(NORM, right(kata))
    printed = autograder.run(lose_landlock_and_seccomp)
    assert autograder.result()["score"] == 0
    assert "not your code's fault" in autograder.result()["output"]
    assert "can't sandbox it" in printed and "--trust-submissions" in printed

    trusted = BundleSettings((9,), 7, True)
    (autograder.root / "source/settings.json").write_bytes(msgspec.json.encode(trusted))
    printed = autograder.run(lose_landlock_and_seccomp)
    assert autograder.result()["score"] == 6, printed
    assert "graded with --trust-submissions" in autograder.result()["extra_data"]["locked_down"]


@pytest.mark.parametrize("missing", ["source/kata/solutions", "source/settings.json", "venv"])
def test_results_are_written_whatever_happens(
    kata: Kata, autograder: Autograder, missing: str
) -> None:
    path = autograder.root / missing
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    autograder.hand_in(NORM, right(kata))
    printed = autograder.run()
    result = autograder.result()
    assert result["score"] == 0 and "ell your teacher" in result["output"]
    assert result["stdout_visibility"] == "hidden" and len(printed) > 20
