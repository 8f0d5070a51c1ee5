"""Verdicts are stored and read back unchanged, and they decide which stage comes next."""

import re
import shutil
from collections.abc import Collection
from datetime import date
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from rich.console import Console

from grader.cli import main
from grader.kata import Kata
from grader.learn import progress
from grader.learn.progress import Progress
from grader.own_folder import make_own_folder
from grader.report.stage_map import print_status
from grader.stages import stage_of
from grader.tests.clone import clone_into
from grader.verdict import Located, StageVerdict, TestOutcome, TestVerdict
from grader.verdict_key import learner_key


@pytest.mark.parametrize(
    ("passed", "after", "following"),
    [
        (range(8, 20), 19, 1),  # not s20, which runs s01 to s05 as well
        ([*range(1, 6), *range(7, 20)], 19, 20),  # which does not run s06
        (range(1, 20), 19, 20),
        (range(1, 21), 20, 21),
        (range(1, 33), 32, None),
    ],
)
def test_the_answer_comes_next_once_the_stages_it_runs_have_passed(
    kata: Kata, passed: Collection[int], after: int, following: int | None
) -> None:
    found = Progress(kata).next_stage(passed, after=stage_of(after))
    assert (found and found.number) == following


def test_a_stored_verdict_keeps_everything_that_explains_it(tmp_path: Path) -> None:
    kata = clone_into(tmp_path).kata
    two = TestVerdict("test_x", "rms_norm", "failed", 0, 2, "wrong", mistakes=("no_eps", "no_root"))
    located = Located(7, "`x`", None, "the expected values, transposed", "You return them so.")
    unnamed = TestVerdict("test_y", "rms_norm", "failed", 0, 1, "wrong", located=located)
    verdict = StageVerdict(9, "rms_norm", (two, unnamed))
    Progress(kata).remember(verdict, learner_key(kata, stage_of(9)))
    assert Progress(kata).current(stage_of(9)) == verdict


def test_a_verdict_stored_before_failures_were_located_still_counts(tmp_path: Path) -> None:
    kata = clone_into(tmp_path).kata
    verdict = StageVerdict(9, "rms_norm", (TestVerdict("test_x", "rms_norm", "passed", 2, 2),))
    Progress(kata).remember(verdict, learner_key(kata, stage_of(9)))
    path = kata.state_dir / "progress.json"
    text = path.read_text(encoding="utf-8")
    older = text.replace(',"mistakes":[]', "").replace(',"located":null', "")
    assert older != text
    path.write_text(older, encoding="utf-8")
    assert Progress(kata).current(stage_of(9)) == verdict


def test_the_day_of_the_first_pass_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kata, norm = clone_into(tmp_path).kata, stage_of(9)

    def graded(day: int, outcome: TestOutcome) -> date | None:
        calendar = SimpleNamespace(today=lambda: date(2026, 1, day))
        monkeypatch.setattr(progress, "date", calendar)
        verdict = StageVerdict(9, norm.slug, (TestVerdict("test_x", norm.slug, outcome, 0, 2),))
        Progress(kata).remember(verdict, learner_key(kata, norm))
        return Progress(kata).first_passed(norm)

    assert graded(1, "failed") is None
    assert graded(2, "passed") == graded(3, "failed") == graded(4, "passed") == date(2026, 1, 2)


def test_a_pass_whose_day_was_not_noted_gets_none_later(tmp_path: Path) -> None:
    kata = remembered(tmp_path, 9)
    path = kata.state_dir / "progress.json"
    older = re.sub(r',"first_passed":{[^}]*}', "", path.read_text(encoding="utf-8"))
    assert "first_passed" not in older
    path.write_text(older, encoding="utf-8")
    verdict = Progress(kata).current(stage_of(9))
    assert verdict is not None
    Progress(kata).remember(verdict, learner_key(kata, stage_of(9)))
    assert Progress(kata).first_passed(stage_of(9)) is None


def remembered(tmp_path: Path, *numbers: int, key: str = "") -> Kata:
    """Return a kata in which the learner has passed some stages, by default with today's key."""
    kata = clone_into(tmp_path / "checkout").kata
    for stage in map(stage_of, numbers):
        kata.exercise(stage).write_text("mine = 1\n", encoding="utf-8")
        passed = TestVerdict("test_x", stage.slug, "passed", stage.points, stage.points)
        verdict = StageVerdict(stage.number, stage.slug, (passed,))
        Progress(kata).remember(verdict, key or learner_key(kata, stage))
    return kata


def map_of(kata: Kata) -> str:
    console = Console(file=StringIO(), width=100)
    print_status(console, Progress(kata))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_what_an_older_version_has_checked_is_called_so(tmp_path: Path) -> None:
    kata = remembered(tmp_path, 8, 9, 22, key="of an older version")
    kata.exercise(stage_of(8)).write_text("mine = 2\n", encoding="utf-8")
    shown = map_of(kata)
    assert "0 of  6 points  checked by an older version" in shown
    assert shown.count("not checked yet") == 1, "s08 has been changed"
    again = "`grader check --all` and `grader check 22` grade again."
    assert f"Checked by an older version of the kata: {again}" in shown
    done = CliRunner().invoke(main, ["init", str(make_own_folder(tmp_path / "new").kata.folder)])
    assert "older version" not in done.output
    (tmp_path / "new/.grader").mkdir()
    for name in ("exercises/s09_rms_norm.py", ".grader/progress.json"):
        shutil.copy(kata.root / name, tmp_path / "new" / name)
    done = CliRunner().invoke(main, ["init", str(tmp_path / "new")])
    assert "older version of the kata: `grader check --all` grades again" in done.output


def test_what_an_older_version_has_passed_does_not_come_next(tmp_path: Path) -> None:
    kata = remembered(tmp_path, 8, 9, key="of an older version")
    assert "Next: s10" in map_of(kata)


def test_a_stage_that_was_passed_last_and_has_changed_comes_next(tmp_path: Path) -> None:
    kata = remembered(tmp_path, 8, 9)
    assert "Next: s10" in map_of(kata)
    kata.exercise(stage_of(9)).write_text("mine = 2\n", encoding="utf-8")
    assert "Next: s09" in map_of(kata)


def test_where_nothing_can_be_saved_hints_verdicts_and_reports_are_shown(tmp_path: Path) -> None:
    clone = clone_into(tmp_path)
    (clone.root / ".grader").write_text("", encoding="utf-8")
    clone.write("s09_rms_norm", "mine = 1\n")
    for command, shown in {
        ("hint", "9"): "hint 1 of 3",
        ("check", "8", "9"): "does not define rms_norm",
        ("report", "9"): "### Stage 9",
    }.items():
        done = clone.run(*command)
        assert shown in done.stdout, done.stderr
        assert done.stderr.count("your progress can't be saved in .grader") == 1
