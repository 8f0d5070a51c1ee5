"""From a folder or an archive to the stage files in it."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from grader.classroom.intake.archives import ending_of, look_of
from grader.classroom.intake.bounded import NoFurther
from grader.classroom.intake.choose import Chosen, choose
from grader.classroom.intake.folders import look_in_folder
from grader.classroom.intake.found import MOST_FOLDERS, STAGE_FILES, Candidates, Refused
from grader.classroom.intake.regular import open_own, open_regular
from grader.classroom.submission_names import printable


def gather(path: Path) -> Chosen:
    """Read the stage files of one submission, and say what was wrong with it.

    Raises:
        OSError: when this machine cannot read it.
    """
    if path.is_symlink():
        return Chosen(problems=["a link, not a folder or an archive: nothing was taken"])
    chosen = _gather_folder(path) if path.is_dir() else _gather_archive(path, open_regular)
    if not chosen.files and not chosen.problems:
        where = f"at most {MOST_FOLDERS} folders deep"
        chosen.problems.append(f"no stage file (such as {STAGE_FILES[0]}) was found {where}")
    return chosen


def _gather_folder(folder: Path) -> Chosen:
    pool, problems = Candidates(), []
    try:
        look_in_folder(folder, pool)
    except NoFurther as reason:
        problems.append(f"the folder {reason}: the rest was not looked at")
    if not pool and not problems:
        archives = _archives_in(folder)
        if len(archives) == 1:  # Moodle gives a folder with whatever the student has sent
            return _gather_archive(archives[0], open_own)
        if archives:
            problems.append("several archives and no stage file: none of them was opened")
    return _chosen(pool, problems)


def _archives_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if ending_of(path) and not path.is_dir())


def _gather_archive(path: Path, opened: Callable[[Path], BinaryIO]) -> Chosen:
    look = look_of(path)
    if look is None:
        return Chosen(problems=[f"a {ending_of(path)} file cannot be opened: ask for a zip"])
    pool, problems = Candidates(), []
    try:
        file = opened(path)
    except Refused as reason:
        return Chosen(problems=[f"{printable(path.name)} is not taken: {reason}"])
    with file:
        try:
            look(file, pool)
        except NoFurther as reason:
            problems.append(f"the archive {reason}: the rest was not looked at")
        return _chosen(pool, problems)


def _chosen(pool: Candidates, problems: list[str]) -> Chosen:
    chosen = choose(pool)
    return Chosen(chosen.files, problems + chosen.problems)
