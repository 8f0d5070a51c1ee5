"""Grade the learner's stages again and collect what a page claims."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from io import StringIO
from pathlib import Path

from msgspec.structs import replace
from rich.console import Console

from grader.certificate.claims import Claims, ModelClaim, StageClaim
from grader.certificate.fingerprint import (
    fingerprint_of,
    hash_of_file,
    hash_of_files,
    hash_of_kata,
    versions,
)
from grader.check import check
from grader.errors import UsageError
from grader.kata import Kata
from grader.language import tr
from grader.learn.progress import Progress
from grader.stage import Stage
from grader.verdict import StageVerdict

Say = Callable[[str], None]


def begun_stages(kata: Kata) -> list[Stage]:
    """Return the stages to grade: those whose files the learner has changed, and the stage that
    runs them all if every stage that it needs is begun."""
    progress = Progress(kata)
    coded = [one for one in kata.stages if one.has_code and kata.exercise(one).is_file()]
    begun = {one.number for one in coded if progress.is_edited(one)}
    whole = {one.number for one in kata.stages if one.own_stages and begun.issuperset(one.uses)}
    return [one for one in kata.stages if one.number in begun | whole]


def graded_again(kata: Kata, stages: Sequence[Stage], seed: int) -> list[StageClaim]:
    """Grade some stages with a seed; return a claim for every stage of the kata.

    Those that aren't graded count as not started.
    """
    verdicts: dict[int, StageVerdict] = {}
    if stages:
        report = check(kata, stages, kata.exercises, "exercises", seed)
        verdicts = {verdict.number: verdict for verdict in report.stages}
    progress = Progress(kata)  # after grading, which notes what passes for the first time
    return [_claim_of(kata, progress, one, verdicts.get(one.number)) for one in kata.stages]


def _claim_of(
    kata: Kata, progress: Progress, stage: Stage, verdict: StageVerdict | None
) -> StageClaim:
    if verdict is None:
        most = kata.points(stage)
        return StageClaim(stage.number, "not_started", 0, most, None, False, "")
    day, is_change = progress.first_passed(stage), False
    if verdict.status != "passed":
        day = None
    elif day is None:
        day, is_change = _last_change(kata.exercise(stage)), True
    result = verdict.status, verdict.points, verdict.max_points
    file = hash_of_file(kata, stage) if stage.has_code else ""
    return StageClaim(stage.number, *result, day, is_change and day is not None, file)


def _last_change(file: Path) -> date | None:
    try:
        return date.fromtimestamp(file.stat().st_mtime)
    except (OSError, ValueError):  # it has no file
        return None


def take_stock(kata: Kata, name: str, folder: Path | None, seed: int, say: Say) -> Claims:
    """Grade all stages that are begun, run the models, and return what a page claims.

    Args:
        name: whose page it is, in plain text.
        folder: the checkpoint of a model of the learner's own; None if there is none.
        say: called with a remark for the user.

    Raises:
        UsageError: if no stage passes, or `folder` can't be used.
    """
    begun = begun_stages(kata)
    stages = graded_again(kata, begun, seed)
    if not any(one.has_passed for one in stages):
        words = tr("no stage passes yet, so there is nothing to put on a page: try `grader`")
        raise UsageError(words)
    model = look_at(kata, None, say)
    trained = look_at(kata, folder, say) if folder else None
    if folder and trained is None:
        raise UsageError(
            tr("--model {folder}: your stages can't run it (see above)", folder=folder)
        )
    files = hash_of_files({one.number: one.file for one in stages if one.file})
    judge = hash_of_kata(kata)
    return Claims(
        version=1,
        name=name,
        written=date.today(),
        seed=seed,
        stages=tuple(stages),
        model=model,
        trained=trained,
        files=files,
        kata=judge,
        fingerprint=fingerprint_of(files, judge),
        versions=versions(kata),
    )


def look_at(kata: Kata, folder: Path | None, say: Say) -> ModelClaim | None:
    """Return what a model says; if it stops, say why and return None.

    Args:
        folder: its checkpoint; None for the tiny trained model.

    Raises:
        UsageError: if `folder` is not a usable checkpoint.
    """
    from grader.certificate.model_figures import look_at_model, tokens_per_second  # load torch

    quiet = Console(file=StringIO())
    try:
        model = look_at_model(kata, quiet, folder)
    except UsageError as error:
        if folder:
            raise
        say(tr("The page has no model: {reason}", reason=error))
        return None
    except (Exception, SystemExit) as error:  # a learner's `exit()`, too
        kind = type(error).__name__
        say(tr("The model stops with {error}: `grader answer` says where.", error=kind))
        return None
    with suppress(Exception, SystemExit):  # a page can do without the speed
        if folder is None and (rate := tokens_per_second(kata, quiet)):
            return replace(model, per_second=rate)
    return model
