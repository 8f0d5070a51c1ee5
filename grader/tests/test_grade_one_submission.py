"""One submission graded by itself."""

from pathlib import Path

import pytest

from grader.classroom.platforms.bundle import BundleSettings
from grader.classroom.platforms.grade_one_submission import grade_one_submission
from grader.kata import Kata
from grader.sandbox import probe

pytestmark = pytest.mark.skipif(not probe().is_enough, reason=f"below the floor: {probe()}")


def test_nothing_is_imported_from_the_current_folder(
    kata: Kata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A teacher may stand among the submissions, and one of them may be called `torch`."""
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
