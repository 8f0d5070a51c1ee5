"""Grade one stage of a submission, in a sandboxed worker where workers are forked."""

from pathlib import Path

from grader.kata import Kata
from grader.stage import Stage
from grader.stages import stage_of
from grader.suite.grade_stage import grade_stage, untested_stage
from grader.untrusted.grade_sandboxed import Judged, grade_sandboxed
from grader.untrusted.short_verdict import shortened
from grader.workers.fork_pool import ForkPool
from grader.workers.pool import WorkerPool


def judge_stage(kata: Kata, stage: Stage, submission: Path, seed: int, pool: WorkerPool) -> Judged:
    """Grade one stage of a submission, sandboxed where workers are forked.

    `submission` is a folder that holds stage files and nothing else. Whatever the submission does,
    it gets a verdict.

    Raises:
        OSError: if this machine can't grade the stage: the disk is full, or no more processes or
            open files are available.
    """
    needed = stage.uses if stage.own_stages else (stage.number,)
    names = (f"{stage_of(number).name}.py" for number in needed)
    if missing := [name for name in names if not (submission / name).is_file()]:
        message = f"not handed in: {', '.join(missing)}"
        return Judged(untested_stage(kata, stage, "skipped", message))
    try:
        if isinstance(pool, ForkPool):
            return grade_sandboxed(kata, stage, submission, seed, pool)
        return Judged(shortened(grade_stage(kata, stage, submission, seed, pool.worker)))
    except OSError:
        raise
    except Exception as error:  # hostile values are meant to end the grader; they end their stage
        said = f"{type(error).__name__}: {error}"[:200]
        verdict = untested_stage(kata, stage, "error", f"this stage could not be judged ({said})")
        return Judged(verdict, in_doubt=isinstance(error, MemoryError))
