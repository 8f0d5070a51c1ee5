"""Grade stages for the command line; a stage that has passed and not changed is not run again."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext, suppress
from pathlib import Path

from rich.console import Console

from grader.errors import UsageError
from grader.kata import Kata
from grader.language import in_a_row, tr
from grader.learn.kept_texts import keep_texts
from grader.learn.progress import NOT_CHECKED, Progress, keep_verdict, passed_before
from grader.sandbox import probe
from grader.seeds import fresh_seed
from grader.stage import Stage
from grader.untrusted.level_in_words import level_in_words
from grader.verdict import Report, StageVerdict
from grader.verdict_key import learner_key


def check(
    kata: Kata,
    stages: Sequence[Stage],
    target: Path,
    shown_target: str,
    seed: int | None,
    announce: Callable[[StageVerdict, bool], None] = lambda _verdict, _remembered: None,
    trusted: bool = True,
    under_way: Callable[[Stage], AbstractContextManager[object]] = lambda _stage: nullcontext(),
) -> Report:
    """Grade stages one after another in workers.

    Args:
        target: the folder whose code is graded.
        shown_target: the target's name in reports.
        seed: repeats the random inputs of an earlier run; if None, a new one is drawn, and stages
            that the learner has passed already are not run again.
        announce: called with each verdict and whether it was remembered from an earlier run.
        trusted: whether the code may run without a sandbox.
        under_way: called with each stage that is run; what it returns is entered meanwhile.
    """
    own = target == kata.exercises
    if own:
        with suppress(OSError):  # commands report it, and grading doesn't depend on it
            keep_texts(kata)
    known = passed_before(kata, stages) if own and seed is None else {}
    drawn = fresh_seed(seed, kata.seeds)
    verdicts = []
    with ExitStack() as stack:
        if len(known) < len(stages):
            # The workers' zygote must be forked before suites and the reference are imported.
            from grader.workers.pool import start_pool

            pool = stack.enter_context(closing(start_pool()))
            from grader.suite.grade_stage import grade_stage
            from grader.untrusted.grade_sandboxed import grade_sandboxed
            from grader.untrusted.judges_memory import limit_memory
            from grader.workers.fork_pool import ForkPool

            if not trusted:
                limit_memory()
        for stage in stages:
            if stage.number in known:
                key, verdict = None, known[stage.number]
            else:
                key = learner_key(kata, stage) if own else None
                with under_way(stage):
                    if trusted or not isinstance(pool, ForkPool):
                        verdict = grade_stage(kata, stage, target, drawn, pool.worker)
                    else:
                        verdict = grade_sandboxed(kata, stage, target, drawn, pool).verdict
            verdicts.append(verdict)
            try:
                announce(verdict, stage.number in known)
            finally:  # a closed pipe must not prevent saving it
                if key is not None:
                    keep_verdict(kata, verdict, key)
    return Report(drawn, shown_target, tuple(verdicts))


def require_sandbox(shown: str) -> None:
    """Raise a UsageError if this machine can't sandbox untrusted code.

    Args:
        shown: the target as the user named it.
    """
    level = probe()
    if not level.is_enough:
        words = tr(
            "--target {target} may be someone else's code, and this machine can't sandbox it "
            "({level}): use --trust if you trust it",
            target=shown,
            level=level_in_words(level),
        )
        raise UsageError(words)


def passing(kata: Kata, stages: Sequence[Stage], console: Console) -> set[Stage]:
    """Return those of the stages that the learner passes, after grading those that have changed."""
    progress = Progress(kata)
    changed = [stage for stage in stages if progress.status(stage) in NOT_CHECKED]
    if changed:
        names = in_a_row(stage.name for stage in changed)
        console.print(tr("Grading what has not been checked yet: {names}", names=names))
        check(kata, changed, kata.exercises, "exercises", None)
        progress = Progress(kata)
    return {stage for stage in stages if progress.status(stage) == "passed"}
