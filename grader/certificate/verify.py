"""Check a page's claims by grading again."""

from collections.abc import Iterator
from pathlib import Path

from grader.certificate.claims import Claims, ModelClaim, StageClaim
from grader.certificate.fingerprint import (
    fingerprint_of,
    hash_of_file,
    hash_of_files,
    hash_of_kata,
    versions,
    versions_in_words,
)
from grader.certificate.page import language_of, page_of
from grader.certificate.take_stock import Say, graded_again, look_at
from grader.errors import UsageError
from grader.kata import Kata
from grader.language import in_a_row, reading, tr
from grader.report.plain_text import one_line
from grader.report.verdict_text import STATUSES, points_of


def differences(
    kata: Kata, claims: Claims, text: str, folder: Path | None, say: Say
) -> Iterator[str]:
    """Yield a sentence for each thing on a page that doesn't hold for the files here.

    Args:
        text: the whole page.
        folder: the checkpoint that the page's own model is compared with; None to leave it out.
        say: called with remarks on what can't be compared.

    Raises:
        UsageError: if a stage's file is missing, or `folder` can't be used.
    """
    with reading(language_of(text)):
        written = page_of(claims)
    if written != text:
        yield tr(
            "From the page's own data, this version of the kata would write a different page: "
            "somebody changed this one, or another version wrote it."
        )
    yield from _of_files(kata, claims, say)
    here = {stage.number: stage for stage in kata.stages}
    wanted = [one.stage for one in claims.stages if one.status != "not_started"]
    if absent := [stage.name for stage in wanted if stage.number not in here]:
        names = in_a_row(absent)
        words = tr("the page has stages that are not in this handout: {names}", names=names)
        raise UsageError(words)
    again = {one.number: one for one in graded_again(kata, wanted, claims.seed)}
    for one in claims.stages:
        yield from _of_stage(one, again.get(one.number))
    yield from _of_model(tr("the tiny model"), claims.model, look_at(kata, None, say))
    if claims.trained and folder is None:
        say(tr("The page's trained model was not checked: pass its folder with --model."))
    elif folder:
        yield from _of_model(tr("the trained model"), claims.trained, look_at(kata, folder, say))


def _of_files(kata: Kata, claims: Claims, say: Say) -> Iterator[str]:
    graded = [one for one in claims.stages if one.file]
    changed = [one.stage.name for one in graded if hash_of_file(kata, one.stage) != one.file]
    if changed:
        names = in_a_row(changed)
        yield tr("These files aren't the ones that the page is about: {names}.", names=names)
    elif hash_of_files({one.number: one.file for one in graded}) != claims.files:
        yield tr("The page's hashes of its files contradict each other.")
    if fingerprint_of(claims.files, claims.kata) != claims.fingerprint:
        yield tr("The page's fingerprint doesn't match its files and its kata.")
    if hash_of_kata(kata) != claims.kata:
        words = tr(
            "The page was written with another kata or other libraries, so only its results can be "
            "compared, not its fingerprint. The page: {theirs}. Here: {ours}.",
            theirs=versions_in_words(one_line(claims.versions)),
            ours=versions_in_words(versions(kata)),
        )
        say(words)


def fingerprint_here(kata: Kata, claims: Claims) -> str:
    """Return the fingerprint of the files here that a page is about, and of this kata."""
    files = {one.number: hash_of_file(kata, one.stage) for one in claims.stages if one.file}
    return fingerprint_of(hash_of_files(files), hash_of_kata(kata))


def _of_stage(claimed: StageClaim, found: StageClaim | None) -> Iterator[str]:
    if found is None or claimed.result != found.result:
        yield tr(
            "{stage}: the page says {claimed}, grading says {found}.",
            stage=claimed.stage.name,
            claimed=_in_words(claimed),
            found=_in_words(found) if found else "-",
        )


def _in_words(claim: StageClaim) -> str:
    points = points_of(claim.points, claim.most)
    return tr("{status}, {points}", status=tr(STATUSES[claim.status]), points=points)


def _of_model(name: str, claimed: ModelClaim | None, found: ModelClaim | None) -> Iterator[str]:
    """Yield what differs, except for the speed; a page may say nothing about a model."""
    if claimed is None:
        return
    said = _in_words_of(claimed)
    if found is None:
        yield tr("About {model}, the page says: {said}. Here: nothing.", model=name, said=said)
    elif said != (says := _in_words_of(found)):
        yield tr(
            "About {model}, the page says: {said}. Here: {says}.",
            model=name,
            said=said,
            says=says,
        )


def _in_words_of(model: ModelClaim) -> str:
    return tr(
        "{parameters:,} parameters, says {said!r} with {own} of {stages} stages yours, {right} of "
        "{asked} similar questions right",
        parameters=model.parameters,
        said=model.said,
        own=model.own,
        stages=model.stages,
        right=model.right,
        asked=model.asked,
    )
