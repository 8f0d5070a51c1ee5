"""Verdicts are stored and read back unchanged, and they decide which stage comes next."""

from collections.abc import Collection
from pathlib import Path

import pytest

from grader.kata import Kata
from grader.learn.progress import Progress
from grader.stages import stage_of
from grader.tests.clone import clone_into
from grader.verdict import Located, StageVerdict, TestVerdict
from grader.verdict_key import learner_key


@pytest.mark.parametrize(
    ("passed", "after", "following"),
    [
        (range(8, 20), 19, 1),  # not s20, which runs s01 to s05 as well
        ([*range(1, 6), *range(7, 20)], 19, 20),  # which does not run s06
        (range(1, 20), 19, 20),
        (range(1, 21), 20, 21),
        (range(1, 29), 28, None),
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
