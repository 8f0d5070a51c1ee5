"""Grading stages for the command line: what is remembered is not run again."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from pathlib import Path

from grader.kata import Kata
from grader.learn.kept_texts import keep_texts
from grader.learn.progress import keep_verdict, passed_before
from grader.seeds import fresh_seed
from grader.stage import Stage
from grader.verdict import Report, StageVerdict
from grader.verdict_key import learner_key

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
    if own:
        keep_texts(kata)
    known = passed_before(kata, stages) if own and seed is None else {}
    drawn = fresh_seed(seed, kata.seeds)
    todo = [stage for stage in stages if stage.number not in known]
    verdicts = []
    with closing(_grade(todo, kata, target, drawn)) as fresh:
        for stage in stages:
            remembered = stage.number in known
            verdicts.append(known[stage.number] if remembered else next(fresh))
            announce(verdicts[-1], remembered)
    return Report(drawn, shown_target, tuple(verdicts), frozenset(known))


def _grade(
    stages: Sequence[Stage], kata: Kata, target: Path, seed: int
) -> Generator[StageVerdict, None, None]:
    """Grade stages one by one, and remember what came of the learner's own."""
    if not stages:
        return
    # Imported here: the workers' ancestor is forked before suites and reference are loaded.
    from grader.workers.pool import start_pool

    pool = start_pool()
    try:
        from grader.suite.grade_stage import grade_stage

        for stage in stages:
            own = target == kata.exercises
            key = learner_key(kata, stage) if own else ""
            verdict = grade_stage(kata, stage, target, seed, pool.worker)
            if own:
                keep_verdict(kata, verdict, key)
            yield verdict
    finally:
        pool.close()
