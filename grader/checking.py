"""Grading stages for the command line: what is remembered is not run again."""

from collections.abc import Callable, Sequence
from pathlib import Path

from grader.home import Kata
from grader.learn.fingerprint import fingerprint
from grader.learn.progress import Progress
from grader.seeds import fresh_seed
from grader.stages import Stage
from grader.verdict import Report, StageVerdict

Announce = Callable[[StageVerdict, bool], None]


def check(
    kata: Kata,
    stages: Sequence[Stage],
    target: Path,
    shown_target: str,
    seed: int | None,
    announce: Announce,
) -> Report:
    """Grade stages one after another in workers.

    Args:
        stages: what to grade.
        target: the folder whose code is graded.
        shown_target: how reports call it.
        seed: repeats the random inputs of an earlier run; with None a fresh one is drawn, and
            stages that the learner has passed already are not run again.
        announce: told of every verdict as it comes, and whether it is a remembered one.
    """
    own = target == kata.exercises
    progress = Progress.load(kata)
    found: dict[int, StageVerdict] = {}
    if own and seed is None:
        for stage in stages:
            verdict = progress.current(stage)
            if verdict and verdict.status == "passed":
                found[stage.number] = verdict
    remembered = frozenset(found)
    drawn = fresh_seed(seed)
    todo = [stage for stage in stages if stage.number not in remembered]
    if todo:
        # Imported here: the workers' ancestor is forked before suites and reference are loaded.
        from grader.student.pool import start_pool

        pool = start_pool()
        try:
            from grader.suite.run import grade_stage

            for stage in stages:
                if stage.number in remembered:
                    announce(found[stage.number], True)
                    continue
                depends_on = fingerprint(kata, stage, target)
                verdict = grade_stage(kata, stage, target, drawn, pool.worker)
                found[stage.number] = verdict
                announce(verdict, False)
                if own:
                    progress.remember(verdict, depends_on)
                    progress.save()
        finally:
            pool.close()
    else:
        for stage in stages:
            announce(found[stage.number], True)
    verdicts = tuple(found[stage.number] for stage in stages)
    return Report(drawn, shown_target, verdicts, remembered)
