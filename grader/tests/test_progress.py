"""A learner's saved verdicts are read back unchanged."""

from pathlib import Path

from grader.learn.progress import Progress
from grader.stages import stage_of
from grader.tests.clone import clone_into
from grader.verdict import Located, StageVerdict, TestVerdict
from grader.verdict_key import learner_key


def test_a_remembered_verdict_keeps_all_that_explains_it(tmp_path: Path) -> None:
    kata = clone_into(tmp_path).kata
    two = TestVerdict("test_x", "rms_norm", "failed", 0, 2, "wrong", mistakes=("no_eps", "no_root"))
    located = Located(7, "`x`", None, "the expected values, transposed", "You return them so.")
    unnamed = TestVerdict("test_y", "rms_norm", "failed", 0, 1, "wrong", located=located)
    verdict = StageVerdict(9, "rms_norm", (two, unnamed))
    Progress(kata).remember(verdict, learner_key(kata, stage_of(9)))
    assert Progress(kata).current(stage_of(9)) == verdict


def test_a_verdict_saved_before_failures_were_located_still_counts(tmp_path: Path) -> None:
    kata = clone_into(tmp_path).kata
    verdict = StageVerdict(9, "rms_norm", (TestVerdict("test_x", "rms_norm", "passed", 2, 2),))
    Progress(kata).remember(verdict, learner_key(kata, stage_of(9)))
    path = kata.state_dir / "progress.json"
    text = path.read_text(encoding="utf-8")
    older = text.replace(',"mistakes":[]', "").replace(',"located":null', "")
    assert older != text
    path.write_text(older, encoding="utf-8")
    assert Progress(kata).current(stage_of(9)) == verdict
