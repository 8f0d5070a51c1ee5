"""Find out whose code to grade."""

from pathlib import Path

from grader.errors import UsageError
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import STAGES


def find_target(kata: Kata, name: str) -> Path:
    """Return the folder that `--target` names.

    That is exercises, solutions, a folder with stage files, or one whose `exercises` has some, such
    as someone else's kata.

    Raises:
        UsageError: if there is no such folder, or no stage file in it.
    """
    if name == "exercises":
        return kata.exercises
    if name == "solutions":
        require_reference(kata, "--target solutions")
        return kata.solutions
    folder = Path(name).resolve()
    if not folder.is_dir():
        raise UsageError(f"--target {name}: there is no such folder")
    for one in (folder, folder / "exercises"):
        if any((one / f"{stage.name}.py").is_file() for stage in STAGES):
            return one
    raise UsageError(
        f"--target {name}: the folder has no stage files (such as {STAGES[0].name}.py)"
    )


def require_reference(kata: Kata, what: str) -> None:
    """Raise a UsageError that `what` needs the reference, if this edition doesn't have it."""
    if not kata.has_reference:
        raise UsageError(f"{what} needs the reference, which is not part of this handout")


def require_runnable(kata: Kata, target: str, strict: bool) -> None:
    """Check that `--target` and `--strict` of a command that runs the model can be used together.

    Raises:
        UsageError: if not, or if the reference is wanted and this edition doesn't have it.
    """
    if target == "solutions":
        require_reference(kata, "--target solutions")
        if strict:
            raise UsageError("--strict runs your code alone, and --target solutions none of it")


def require_files(target: Path, stages: list[Stage], shown: str) -> None:
    """Check that a target has the files of the stages to be graded.

    Args:
        shown: the target as the user named it.

    Raises:
        UsageError: if a file is missing; the message names it.
    """
    for stage in stages:
        file = target / f"{stage.name}.py"
        if stage.has_code and not file.is_file():
            advice = f"`grader reset {stage.slug}` puts the stub back"
            if shown != "exercises":
                advice = "add it, or name only stages whose files are there"
            raise UsageError(f"{shown} has no {file.name}: {advice}")
