"""Whose code is graded."""

from pathlib import Path

from grader.errors import UsageError
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import STAGES


def find_target(kata: Kata, name: str) -> Path:
    """Return the folder that `--target` means: exercises, solutions, or one that holds stage files
    or an `exercises` with some, as somebody else's kata does.

    Raises:
        UsageError: when it isn't a folder, or contains no stages.
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
        f"--target {name}: the folder holds no stage files (such as {STAGES[0].name}.py)"
    )


def require_reference(kata: Kata, what: str) -> None:
    """Raise a UsageError, which says that `what` needs the reference, where there is none."""
    if not kata.has_reference:
        raise UsageError(f"{what} needs the reference, which is not handed out")


def require_files(target: Path, stages: list[Stage], shown: str) -> None:
    """Check that a target has the files of the stages that are to be graded.

    Raises:
        UsageError: naming the file that it lacks.
    """
    for stage in stages:
        file = target / f"{stage.name}.py"
        if stage.has_code and not file.is_file():
            advice = f"`grader reset {stage.slug}` puts the stub back"
            if shown != "exercises":
                advice = "add it, or name stages whose files are there"
            raise UsageError(f"{shown} lacks {file.name}: {advice}")
