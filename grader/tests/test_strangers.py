"""Code by people who never saw the suites: right code passes, and wrong code fails, if not exempt.

These tests use one seed, check the names of every tenth case, stop at the first test that fails the
others, and skip the cases that say why they are left out. `python benchmarks/strangers.py` grades
all of them with more seeds.
"""

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from grader.calls.code_under_test import CodeUnderTest
from grader.diagnosis.evidence import Record, TestRun, WrongValue
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import STAGES
from grader.suite import grade_stage
from grader.suite.grade_stage import grade_code
from grader.suite.graded_tests import GradedTest
from grader.suite.oracle import LiveOracle
from grader.tests.remembered_outcomes import RememberingOracle, RemembersOutcomes
from grader.tests.small_process import pool_of_small_workers
from grader.tests.strangers_code import cases_of
from grader.verdict import Located, StageVerdict, TestVerdict
from grader.workers.pool import WorkerPool

WRITTEN = [stage for stage in STAGES if cases_of(stage)]
SEED = 0
Ran = tuple[TestVerdict, WrongValue | None]
RunTest = Callable[[CodeUnderTest, GradedTest, Mapping[str, Any]], Ran]
Locate = Callable[[LiveOracle, TestRun, Record], Located | None]
NAMED = 10  # names are checked in one case out of this many, because this takes longest


@pytest.mark.parametrize("stage", WRITTEN, ids=lambda stage: stage.name)
def test_wrong_code_fails_and_right_code_passes(
    stage: Stage, kata: Kata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlike: list[tuple[str, str, set[str]]] = []
    errors: list[str] = []
    remembers = RemembersOutcomes(kata.root)
    with closing(pool_of_small_workers()) as pool:
        for number, case in enumerate(cases_of(stage)):
            if case.left_out:
                continue
            with monkeypatch.context() as patch:
                if number % NAMED:
                    patch.setattr(RememberingOracle, "name_mistakes", lambda *_: {})
                    patch.setattr(LiveOracle, "locate", lambda *_: None)
                    patch.setattr(grade_stage, "_run_test", until_one_fails())
                else:
                    patch.setattr(LiveOracle, "locate", remembering_errors(errors))
                case.write(kata, tmp_path)
                verdict = graded(remembers, stage, tmp_path, pool)
            named = {name for test in verdict.tests for name in test.names}
            must_pass = case.is_right or bool(case.escapes)
            is_named = number % NAMED != 0 or named == case.named
            if (verdict.status == "passed") != must_pass or not is_named:
                unlike.append((case.name, verdict.status, named))
    assert unlike == [] and errors == []


def graded(kata: Kata, stage: Stage, target: Path, pool: WorkerPool) -> StageVerdict:
    """Return the verdict on a case, with a shorter time limit than a learner's code has."""
    files, own_earlier = kata.stage_files(stage, target), kata.own_earlier(stage)
    code = CodeUnderTest(stage, files, pool.worker, seconds=3.0, own_earlier=own_earlier)
    with closing(code):
        return grade_code(kata, code, SEED)


def until_one_fails() -> RunTest:
    """Return a `_run_test` that skips all tests after one has failed."""
    run_test, failed = grade_stage._run_test, list[str]()

    def run(code: CodeUnderTest, test: GradedTest, fixtures: Mapping[str, Any]) -> Ran:
        if failed:
            return TestVerdict(test.name, test.function, "skipped", 0, test.points), None
        ran = run_test(code, test, fixtures)
        failed.extend([test.name] if ran[0].outcome == "failed" else [])
        return ran

    return run


def remembering_errors(errors: list[str]) -> Locate:
    """Return a `LiveOracle.locate` that records its errors, which no verdict shows."""
    locate = LiveOracle.locate

    def remember(oracle: LiveOracle, run: TestRun, record: Record) -> Located | None:
        try:
            return locate(oracle, run, record)
        except Exception as error:
            errors.append(f"{run.name}: {error!r}")
            raise

    return remember


def test_there_is_some_of_every_stage_and_both_kinds() -> None:
    cases = [case for stage in WRITTEN for case in cases_of(stage)]
    assert len(WRITTEN) == 19 and len(cases) > 500
    assert sum(case.is_right for case in cases) > 50
