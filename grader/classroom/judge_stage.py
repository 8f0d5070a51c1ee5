"""One submission, graded stage by stage."""

from pathlib import Path

from grader.classroom.confined import grade_confined
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import stage_of
from grader.suite.grade_stage import grade_stage, untested
from grader.suite.graded_tests import collect
from grader.verdict import StageVerdict, TestOutcome
from grader.workers.pool import ForkPool, WorkerPool


def judge_stage(
    kata: Kata, stage: Stage, submission: Path, seed: int, pool: WorkerPool
) -> StageVerdict:
    """Grade a stage of a submission, locked down where workers are forked; whatever happens, a
    verdict comes of it.

    Args:
        submission: a folder that holds stage files and nothing else.
    """
    if missing := _not_handed_in(stage, submission):
        return untested_stage(kata, stage, "skipped", f"not handed in: {', '.join(missing)}")
    try:
        if isinstance(pool, ForkPool):
            return grade_confined(kata, stage, submission, seed, pool)
        return grade_stage(kata, stage, submission, seed, pool.worker)
    except Exception as error:  # hostile values are made to end the grader; they end their stage
        said = f"{type(error).__name__}: {error}"[:200]
        return untested_stage(kata, stage, "error", f"this stage could not be judged ({said})")


def untested_stage(kata: Kata, stage: Stage, outcome: TestOutcome, message: str) -> StageVerdict:
    """Give the verdict on a stage whose tests did not run; no result is a failed test."""
    tests = collect(kata.suite(stage))
    verdicts = tuple(untested(test, outcome, message) for test in tests)
    return StageVerdict(stage.number, stage.slug, verdicts)


def _not_handed_in(stage: Stage, submission: Path) -> list[str]:
    needed = stage.uses if stage.own_stages else (stage.number,)
    names = (f"{stage_of(number).name}.py" for number in needed)
    return [name for name in names if not (submission / name).is_file()]
