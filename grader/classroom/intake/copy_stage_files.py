"""Copying the stage files of submissions to folders of their own."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.classroom.intake.candidates import STAGE_FILES, FoundStageFiles
from grader.classroom.intake.find_stage_files import find_stage_files
from grader.classroom.intake.list_submissions import ListedSubmission
from grader.errors import UsageError
from grader.seeds import derived_seed
from grader.write_files import reason_of


@dataclass(frozen=True)
class TakenSubmission(ListedSubmission):
    """A submission whose stage files are copied to a folder that holds nothing else.

    `obstacle` is what on this machine kept it from being taken in (a full disk, say); such a
    submission is not to be graded now.
    """

    folder: Path
    files: tuple[str, ...]  # their names, in the order of the stages
    sha256: str  # of the files' names and contents, in hexadecimal
    obstacle: str | None = None


def copy_stage_files(listed: Iterable[ListedSubmission], into: Path) -> Iterator[TakenSubmission]:
    """Copy the stage files of each submission to `into`/KEY, one after another as asked for.

    Whatever is wrong with a submission is among its problems, and never ends the others; that
    `into` cannot be made, or lies among the submissions, is a UsageError.
    """
    try:
        into.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{into}: {reason_of(error)}") from None
    for one in listed:
        if into.resolve().is_relative_to(one.path.parent.resolve()):
            raise UsageError(f"{into} lies among the submissions: choose a folder elsewhere")
        yield _take(one, into / one.key)


def seed_of_inputs(seed: int, taken: TakenSubmission) -> int:
    """Return the seed of a submission's own random inputs, from that of its class.

    The same files have the same inputs whenever they are graded. Other files have others, so what
    one submission could note of its inputs, and have computed, is of no use to another.
    """
    return derived_seed(seed, taken.sha256)


def _take(listed: ListedSubmission, folder: Path) -> TakenSubmission:
    chosen, obstacle = FoundStageFiles(), None
    try:
        chosen = find_stage_files(listed.path)
        _write(chosen.files, folder)
    except OSError as error:
        chosen, obstacle = FoundStageFiles(), f"could not be taken in: {reason_of(error)}"
    whose = listed.path, listed.key, listed.name, listed.student
    problems, files = (*listed.problems, *chosen.problems), tuple(chosen.files)
    return TakenSubmission(*whose, problems, folder, files, _sha256(chosen.files), obstacle)


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    """Write new files in the place of those of an earlier run."""
    folder.mkdir(exist_ok=True)
    for name in STAGE_FILES:
        (folder / name).unlink(missing_ok=True)
    for name, text in files.items():
        with (folder / name).open("xb") as file:
            file.write(text)


def _sha256(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, text in files.items():
        digest.update(f"{name} {len(text)}\n".encode())
        digest.update(text)
    return digest.hexdigest()
