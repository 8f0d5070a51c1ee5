"""Grading a single submission."""

import os
from pathlib import Path

import pytest

from grader.calls.outcome import LONGEST_TEXT_SET_IN
from grader.classroom.intake.stage_file_names import STAGE_FILES
from grader.classroom.platforms.bundle import BundleSettings
from grader.classroom.platforms.grade_one_submission import LONGEST_TEXT, grade_one_submission
from grader.kata import Kata
from grader.sandbox import probe
from grader.tests.programs import environment_with, run_fresh

pytestmark = pytest.mark.skipif(not probe().is_enough, reason=f"below the floor: {probe()}")


def test_nothing_is_imported_from_the_current_folder(
    kata: Kata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The current folder may be that of the submissions, and one of them may be named `torch`."""
    mark = tmp_path / "mark"
    for name in ("torch", "json", "grader"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"open({str(mark)!r}, 'w')")
    solution = (kata.solutions / "s09_rms_norm.py").read_text(encoding="utf-8")
    (tmp_path / "torch" / "s09_rms_norm.py").write_text(solution, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    graded = grade_one_submission(Path("torch"), BundleSettings((9,), 7, False))
    assert graded.points == graded.max_points == 6
    assert not mark.exists()


@pytest.mark.parametrize("platform", ["gradescope", "classroom50"])
def test_a_platforms_script_leaves_torch_to_the_process_that_grades(
    kata: Kata, platform: str
) -> None:
    """Importing it takes a second or two, and the process that grades does it anyway."""
    code = f"import sys, grader.classroom.platforms.run_{platform}; print('torch' in sys.modules)"
    done = run_fresh("-c", code, folder=kata.root, environment=environment_with())
    assert done.stdout == "False\n", done.stderr


LONG = "'Q' * 3000 + ' not written yet'"
RAISES = {
    "s09_rms_norm": ("rms_norm(x, weight, eps)", "ValueError"),
    "s11_rotate": ("rotate(x, freqs_cis)", "NotImplementedError"),
}


def test_messages_of_code_are_short_and_those_of_the_kata_complete(tmp_path: Path) -> None:
    for name, (function, error) in RAISES.items():
        code = f"def {function}:\n    raise {error}({LONG}){' ' * 900}# end\n"
        (tmp_path / f"{name}.py").write_text(code, encoding="utf-8")
    graded = grade_one_submission(tmp_path, BundleSettings((9, 11), 7, False))
    assert LONGEST_TEXT_SET_IN not in os.environ
    messages = [test.message for verdict in graded.verdicts for test in verdict.tests]
    assert all(any(f"raised {error}" in one for one in messages) for _, error in RAISES.values())
    for message in filter(None, messages):
        assert 300 < message.count("Q") <= LONGEST_TEXT + 1 and "... (it goes on)" in message
        called = "\ncalled: rms_norm(x: " in message or "\ncalled: rotate(x: " in message
        assert called or message.endswith("numbers make it wait.")
        assert len(message) < 2 * LONGEST_TEXT + 400


def test_a_problem_of_a_submission_is_not_repeated_at_length_for_every_test(
    tmp_path: Path,
) -> None:
    for number in range(8):
        folder = tmp_path / f"{'x' * 90}{number}"
        folder.mkdir()
        for name in STAGE_FILES:
            (folder / name).symlink_to("nowhere")
    graded = grade_one_submission(tmp_path, BundleSettings(tuple(range(1, 20)), 7, False))
    tests = [test for verdict in graded.verdicts for test in verdict.tests]
    assert graded.points == 0 and len(tests) > 100
    assert len(" ".join(graded.problems)) > 10_000
    assert max(len(test.message) for test in tests) <= LONGEST_TEXT
