"""Find out whose code to grade."""

from pathlib import Path

from grader.errors import UsageError
from grader.kata import Kata
from grader.language import tr
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
        raise UsageError(tr("--target {name}: there is no such folder", name=name))
    for one in (folder, folder / "exercises"):
        if any((one / f"{stage.name}.py").is_file() for stage in STAGES):
            return one
    raise UsageError(
        tr(
            "--target {name}: the folder has no stage files (such as {example}.py)",
            name=name,
            example=STAGES[0].name,
        )
    )


def require_reference(kata: Kata, what: str) -> None:
    """Raise a UsageError that `what` needs the reference, if this edition doesn't have it."""
    if not kata.has_reference:
        words = tr("{what} needs the reference, which is not part of this handout", what=what)
        raise UsageError(words)


def require_runnable(kata: Kata, target: str, strict: bool) -> None:
    """Check that `--target` and `--strict` of a command that runs the model can be used together.

    Raises:
        UsageError: if not, or if the reference is wanted and this edition doesn't have it.
    """
    if target == "solutions":
        require_reference(kata, "--target solutions")
        if strict:
            words = tr("--strict runs your code alone, and --target solutions none of it")
            raise UsageError(words)


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
            advice = tr("`grader reset {slug}` puts the stub back", slug=stage.slug)
            if shown != "exercises":
                advice = tr("add it, or name only stages whose files are there")
            words = tr(
                "{folder} has no {file}: {advice}", folder=shown, file=file.name, advice=advice
            )
            raise UsageError(words)
