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
)
from grader.certificate.page import page_of
from grader.certificate.take_stock import Say, graded_again, look_at
from grader.errors import UsageError
from grader.kata import Kata
from grader.report.plain_text import one_line


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
    if page_of(claims) != text:
        yield (
            "From the page's own data, this version of the kata would write a different page: "
            "somebody changed this one, or another version wrote it."
        )
    yield from _of_files(kata, claims, say)
    here = {stage.number: stage for stage in kata.stages}
    wanted = [one.stage for one in claims.stages if one.status != "not_started"]
    if absent := [stage.name for stage in wanted if stage.number not in here]:
        raise UsageError(f"the page has stages that are not in this handout: {', '.join(absent)}")
    again = {one.number: one for one in graded_again(kata, wanted, claims.seed)}
    for one in claims.stages:
        yield from _of_stage(one, again.get(one.number))
    yield from _of_model("the tiny model", claims.model, look_at(kata, None, say))
    if claims.trained and folder is None:
        say("The page's trained model was not checked: pass its folder with --model.")
    elif folder:
        yield from _of_model("the trained model", claims.trained, look_at(kata, folder, say))


def _of_files(kata: Kata, claims: Claims, say: Say) -> Iterator[str]:
    graded = [one for one in claims.stages if one.file]
    changed = [one.stage.name for one in graded if hash_of_file(kata, one.stage) != one.file]
    if changed:
        yield f"These files aren't the ones that the page is about: {', '.join(changed)}."
    elif hash_of_files({one.number: one.file for one in graded}) != claims.files:
        yield "The page's hashes of its files contradict each other."
    if fingerprint_of(claims.files, claims.kata) != claims.fingerprint:
        yield "The page's fingerprint doesn't match its files and its kata."
    if hash_of_kata(kata) != claims.kata:
        say(
            "The page was written with another kata or other libraries, so only its results can be "
            f"compared, not its fingerprint. The page: {one_line(claims.versions)}. "
            f"Here: {versions(kata)}."
        )


def fingerprint_here(kata: Kata, claims: Claims) -> str:
    """Return the fingerprint of the files here that a page is about, and of this kata."""
    files = {one.number: hash_of_file(kata, one.stage) for one in claims.stages if one.file}
    return fingerprint_of(hash_of_files(files), hash_of_kata(kata))


def _of_stage(claimed: StageClaim, found: StageClaim | None) -> Iterator[str]:
    if found is None or claimed.result != found.result:
        name, says = claimed.stage.name, _in_words(claimed)
        yield f"{name}: the page says {says}, grading says {_in_words(found) if found else '-'}."


def _in_words(claim: StageClaim) -> str:
    return f"{claim.status.replace('_', ' ')}, {claim.points} of {claim.most} points"


def _of_model(name: str, claimed: ModelClaim | None, found: ModelClaim | None) -> Iterator[str]:
    """Yield what differs, except for the speed; a page may say nothing about a model."""
    said = _in_words_of(claimed)
    says = _in_words_of(found)
    if claimed and said != says:
        yield f"About {name}, the page says: {said}. Here: {says}."


def _in_words_of(model: ModelClaim | None) -> str:
    if model is None:
        return "nothing"
    return (
        f"{model.parameters:,} parameters, says {model.said!r} with {model.own} of "
        f"{model.stages} stages yours, {model.right} of {model.asked} similar questions right"
    )
