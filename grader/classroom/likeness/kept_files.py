"""The graded files that a folder of results keeps beside each result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.classroom.exports.shown_names import shown_names
from grader.classroom.intake.safe_reading import LARGEST, Refused, read_regular
from grader.classroom.results_folder import files_of, read_graded
from grader.classroom.run_settings import read_run
from grader.errors import UsageError
from grader.stage import Stage
from grader.stages import stage_of
from grader.write_files import reason_of


@dataclass(frozen=True)
class KeptFiles:
    """The stage files of one submission, as text; they are untrusted."""

    name: str  # of the student, not safe to print
    texts: Mapping[int, str]  # by the number of the stage


def read_kept_files(results: Path) -> tuple[list[Stage], list[KeptFiles]]:
    """Return the stages that were graded, and the files of each submission, in order.

    Raises:
        UsageError: if the folder has no results, or keeps no files.
    """
    run = read_run(results)
    stages = [stage for stage in map(stage_of, run.stages) if stage.has_code]
    try:
        graded = read_graded(results)
    except FileNotFoundError:
        raise UsageError(
            f"{results}: grading did not finish: run the command that graded it again"
        ) from None
    except (OSError, ValueError):
        raise UsageError(f"{results}: its results can't be read: grade again") from None
    kept = [
        KeptFiles(name, _texts(files_of(results, one.key), stages))
        for name, one in zip(shown_names(graded), graded, strict=True)
    ]
    if not any(one.texts for one in kept):
        raise UsageError(
            f"{results}: it has no graded files (submissions/NAME/files): grade the class again"
        )
    return stages, kept


def _texts(folder: Path, stages: Sequence[Stage]) -> dict[int, str]:
    texts = {}
    for stage in stages:
        path = folder / f"{stage.name}.py"
        try:
            contents = read_regular(path, LARGEST)
        except (FileNotFoundError, Refused):
            continue
        except OSError as error:
            raise UsageError(f"{path}: {reason_of(error)}") from None
        texts[stage.number] = contents.decode("utf-8-sig", errors="replace")
    return texts
