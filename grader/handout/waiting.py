"""Which stages must pass before another one can be graded: a handout has no reference for them."""

from collections.abc import Callable

from grader.calls.code_under_test import CodeUnderTest
from grader.kata import Kata
from grader.learn.fingerprint import fingerprint
from grader.learn.progress import Progress, keep_verdict
from grader.stage import Stage
from grader.verdict import StageVerdict


def unfinished(
    kata: Kata, code: CodeUnderTest, grade: Callable[[Stage], StageVerdict]
) -> list[Stage]:
    """Return the stages that must pass first and do not; one that has changed is graded now."""
    assert kata.handout is not None
    own = code.folder == kata.exercises
    return [
        one
        for one in kata.handout.waits_for(code.stage)
        if not (_own_passes(kata, one, grade) if own else grade(one).status == "passed")
    ]


def _own_passes(kata: Kata, stage: Stage, grade: Callable[[Stage], StageVerdict]) -> bool:
    progress = Progress.load(kata)
    verdict = progress.current(stage)
    if verdict is None and progress.is_edited(stage):
        depends_on = fingerprint(kata, stage, kata.exercises)
        verdict = grade(stage)
        keep_verdict(kata, verdict, depends_on)
    return verdict is not None and verdict.status == "passed"
