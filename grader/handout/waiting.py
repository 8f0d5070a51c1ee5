"""Which stages must pass before another one can be graded: a handout has no reference for them."""

from collections.abc import Callable

from grader.checking import keep_verdict
from grader.home import Kata
from grader.learn.fingerprint import fingerprint
from grader.learn.progress import Progress
from grader.stages import Stage
from grader.student.student import Student
from grader.verdict import StageVerdict


def unfinished(kata: Kata, student: Student, grade: Callable[[Stage], StageVerdict]) -> list[Stage]:
    """Give the stages that a student's stage waits for and that do not pass. One that has changed
    since it was graded is graded now."""
    assert kata.handout is not None
    own = student.folder == kata.exercises
    return [
        one
        for one in kata.handout.waits_for(student.stage)
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
