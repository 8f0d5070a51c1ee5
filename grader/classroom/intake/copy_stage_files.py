"""Copy the stage files of each submission to a separate folder."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.classroom.intake.choose_files import FoundStageFiles
from grader.classroom.intake.find_stage_files import find_stage_files
from grader.classroom.intake.stage_file_names import STAGE_FILES
from grader.classroom.list_submissions import ListedSubmission
from grader.errors import UsageError
from grader.seeds import derived_seed
from grader.write_files import reason_of


@dataclass(frozen=True)
class TakenSubmission(ListedSubmission):
    """A submission whose stage files are copied to a folder that holds nothing else.

    `obstacle` is a problem of this machine that prevented copying them (a full disk, for example);
    such a submission must not be graded now.
    """

    folder: Path
    files: tuple[str, ...]  # their names, in the order of the stages
    sha256: str  # of the files' names and contents, in hexadecimal
    obstacle: str | None = None


def copy_stage_files(listed: Iterable[ListedSubmission], into: Path) -> Iterator[TakenSubmission]:
    """Copy the stage files of each submission to `into`/KEY, and yield each submission.

    Whatever is wrong with a submission is among its problems, and doesn't affect the others.

    Raises:
        UsageError: if `into` can't be made, or is inside a submission.
    """
    try:
        into.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{into}: {reason_of(error)}") from None
    for one in listed:
        for source in one.hand_in.sources:
            place = source.path.parent.resolve() / source.path.name  # a link isn't followed
            if into.resolve().is_relative_to(place):
                raise UsageError(f"{into} is inside a submission: choose a folder elsewhere")
        yield _take(one, into / one.key)


def seed_of_inputs(seed: int, taken: TakenSubmission) -> int:
    """Return the seed of a submission's random inputs, derived from the seed of its class.

    The same files get the same inputs whenever they are graded. Other files get others, so what one
    submission could note about its inputs, and have computed, is of no use to another.
    """
    return derived_seed(seed, taken.sha256)


def _take(listed: ListedSubmission, folder: Path) -> TakenSubmission:
    chosen, obstacle = FoundStageFiles(), None
    try:
        chosen = find_stage_files(listed.hand_in)
        _write(chosen.files, folder)
    except OSError as error:
        chosen, obstacle = FoundStageFiles(), f"could not be copied: {reason_of(error)}"
    whose = listed.hand_in, listed.key, listed.name, listed.students
    problems, files = (*listed.problems, *chosen.problems), tuple(chosen.files)
    return TakenSubmission(*whose, problems, folder, files, _sha256(chosen.files), obstacle)


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    """Write new files, replacing those of an earlier run."""
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
