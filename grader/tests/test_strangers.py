"""Code by strangers: every right piece passes, and every wrong one fails but those that are listed.

One seed here, and all but what is left out with a reason; `python benchmarks/strangers.py` takes
everything with more seeds, and prints what is named.
"""

from contextlib import closing
from pathlib import Path

import pytest

from grader.kata import Kata
from grader.stage import Stage
from grader.stages import STAGES
from grader.suite.grade_stage import grade_stage
from grader.suite.oracle import LiveOracle
from grader.tests.strangers_code import cases_of
from grader.workers.pool import start_pool

WRITTEN = [stage for stage in STAGES if cases_of(stage)]
SEED = 0


@pytest.mark.parametrize("stage", WRITTEN, ids=lambda stage: stage.name)
def test_wrong_code_fails_and_right_code_passes(
    stage: Stage, kata: Kata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not any(case.named for case in cases_of(stage)):  # to look for names takes longest
        monkeypatch.setattr(LiveOracle, "name_mistakes", lambda *_: {})
        monkeypatch.setattr(LiveOracle, "locate", lambda *_: None)
    unlike = []
    with closing(start_pool()) as pool:
        for case in cases_of(stage):
            if case.left_out:
                continue
            case.write(kata, tmp_path)
            verdict = grade_stage(kata, stage, tmp_path, SEED, pool.worker)
            named = {test.mistake for test in verdict.tests}
            must_pass = case.is_right or bool(case.escapes)
            if (verdict.status == "passed") != must_pass or not case.named <= named:
                unlike.append((case.name, verdict.status, named))
    assert unlike == []


def test_there_is_some_of_every_stage_and_both_kinds() -> None:
    cases = [case for stage in WRITTEN for case in cases_of(stage)]
    assert len(WRITTEN) == 19 and len(cases) > 500
    assert sum(case.is_right for case in cases) > 50
