"""A folder made by `grader init`: the learner's files are there, all others in the package."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.cli import main
from grader.errors import UsageError
from grader.kata import Kata
from grader.learn.lesson import lesson_text
from grader.own_folder import make_own_folder
from grader.shell_command import shell_command
from grader.stages import STAGES, stage_of
from grader.stubs import is_stub
from grader.tests.made_once import made_once
from grader.tests.programs import Done, environment_with, run_forked, run_fresh

MOST_BYTES = 6_000_000  # of a wheel
OTHERS = {".gitignore", ".kata", ".pytest.ini", ".vscode", "README.md", "exercises"}


@pytest.fixture(scope="session")
def installed(kata: Kata, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the project's wheel was installed, without a checkout around it."""

    def make(folder: Path) -> None:
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
        subprocess.run(build, cwd=kata.root, check=True, capture_output=True)
        (wheel,) = folder.glob("*.whl")
        assert wheel.stat().st_size < MOST_BYTES
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)

    return made_once(tmp_path_factory, "installed", make)


def run(installed: Path, folder: Path, *args: str) -> Done:
    environment = environment_with(PYTHONPATH=str(installed))
    return run_forked("-m", *args, folder=folder, environment=environment)


def test_the_package_alone_is_enough(kata: Kata, installed: Path, tmp_path: Path) -> None:
    assert run(installed, tmp_path, "grader", "init", "my-kata").returncode == 0
    own = tmp_path / "my-kata"
    assert {path.name for path in own.iterdir()} == OTHERS
    assert "s08  Embedding" in run(installed, own, "grader").stdout
    solution = kata.solution(stage_of(9)).read_text(encoding="utf-8")
    (own / "exercises/s09_rms_norm.py").write_text(solution, encoding="utf-8")
    fresh = environment_with(PYTHONPATH=str(installed))
    checked = run_fresh("-m", "grader", "check", "9", folder=own, environment=fresh)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    answer = run(installed, own, "grader", "answer").stdout
    assert answer.endswith("42, with 1 of 19 stages yours\n")
    for page in ("9", "real-model", "teaching", "after_42"):
        assert run(installed, own, "grader", "lesson", page).stdout.startswith("# ")
    assert "1 of 20 stages" in run(installed, own, "grader", "certificate").stdout
    assert (
        run(installed, own, "grader", "certificate", "--verify", "certificate.html").returncode == 0
    )
    suite = run(installed, own, "pytest", "-q", "tests/test_s09_rms_norm.py")
    assert "7 passed" in suite.stdout, suite.stdout


def test_the_package_may_be_read_only(installed: Path, tmp_path: Path) -> None:
    package, own = tmp_path / "the package", tmp_path / "my kata"
    shutil.copytree(installed, package, ignore=shutil.ignore_patterns("__pycache__"))
    before = {path: path.stat().st_mtime_ns for path in package.rglob("*")}
    for path in before:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert run(package, tmp_path, "grader", "init", str(own)).returncode == 0
        for command in ("check 9", "lesson 9", "hint 9", "reset 9", "plot norm", "compare 9"):
            done = run(package, own, "grader", *command.split())
            assert done.returncode in (0, 1) and "ermission" not in done.stderr, done.stderr
    finally:
        for path in before:
            path.chmod(0o755)  # so that it can be removed
    now = {path for path in package.rglob("*") if "__pycache__" not in path.parts}
    assert {path: path.stat().st_mtime_ns for path in now} == before
    assert all(path.stat().st_mode & 0o200 for path in own.rglob("*")), "you can't write to it"


def test_outside_a_folder_it_says_how_to_make_one(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "grader", "check", "9")
    assert done.returncode == 2 and "grader init my-kata" in done.stderr


def test_a_newer_version_adds_stages_and_renews_untouched_stubs(tmp_path: Path) -> None:
    made = make_own_folder(tmp_path)
    written = [stage for stage in STAGES if stage.has_code]
    assert (made.added, made.renewed, made.is_new) == (written, [], True)
    norm, embedding, sampling = (made.kata.exercise(stage_of(number)) for number in (9, 8, 23))
    norm.write_text("mine = 1\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("my notes", encoding="utf-8")
    stub = embedding.read_bytes()
    assert b"ids" in stub
    embedding.write_bytes(stub.replace(b"ids", b"numbers").replace(b"\n", b"\r\n"))
    sampling.unlink()
    newer = make_own_folder(tmp_path)
    assert (newer.added, newer.renewed, newer.is_new) == ([stage_of(23)], [stage_of(8)], False)
    assert embedding.read_bytes() == stub and norm.read_text(encoding="utf-8") == "mine = 1\n"
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == "my notes"


def test_what_is_said_first_can_be_pasted_and_counts_the_stages(tmp_path: Path) -> None:
    folder = tmp_path / "my kata"
    said = CliRunner().invoke(main, ["init", str(folder)]).output
    assert "19 stages to write" in said and "and 12 more beyond 42" in said
    assert f"next: {shell_command('cd', str(folder))} && grader watch" in said
    assert f"cd {folder}" not in said


def test_nothing_is_named_that_only_a_checkout_has(tmp_path: Path) -> None:
    kata = make_own_folder(tmp_path).kata
    for stage in STAGES:
        lesson = lesson_text(kata, stage)
        assert "benchmarks" not in lesson and "lessons/pictures" not in lesson
        assert f"(`grader plot {stage.number}` draws it)" in lesson
        if stage.has_code:
            stub = kata.exercise(stage).read_text(encoding="utf-8")
            assert f"Lesson: `grader lesson {stage.number}`" in stub and is_stub(stage, stub)


def test_pytest_names_tests_as_one_can_name_them(kata: Kata, tmp_path: Path) -> None:
    make_own_folder(tmp_path)
    collected = ("pytest", "-q", "--collect-only")
    suite = "tests/test_s09_rms_norm.py"
    first = run(kata.root, tmp_path, *collected, suite).stdout.splitlines()[0]
    assert first.startswith(f"{suite}::test_")
    assert run(kata.root, tmp_path, *collected, first).stdout.splitlines()[0] == first


def test_what_was_begun_is_completed(tmp_path: Path) -> None:
    first = make_own_folder(tmp_path)
    (tmp_path / ".kata").unlink()
    shutil.rmtree(tmp_path / ".vscode")
    assert make_own_folder(tmp_path).is_new
    assert (tmp_path / ".vscode/settings.json").is_file() and first.kata.own == tmp_path


def test_a_checkout_or_a_folder_inside_a_kata_or_a_file_is_refused(
    kata: Kata, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="whole kata already"):
        make_own_folder(kata.root)
    with pytest.raises(UsageError, match="is inside the kata"):
        make_own_folder(kata.root / "exercises/new")
    own = make_own_folder(tmp_path / "own").kata
    with pytest.raises(UsageError, match="is inside the kata"):
        make_own_folder(own.exercises)
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is a file"):
        make_own_folder(tmp_path / "file")


def test_a_handouts_program_makes_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.own_folder.installed_kata", lambda: tmp_path / "handout")
    with pytest.raises(UsageError, match="came with a handout"):
        make_own_folder(tmp_path / "mine")
