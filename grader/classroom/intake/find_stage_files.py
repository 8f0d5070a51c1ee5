"""Find the stage files in a folder or an archive."""

import os
from collections import deque
from functools import partial
from pathlib import Path

from grader.classroom.downloads.hand_in import HandIn
from grader.classroom.intake.archives import LOOKS, ending_of
from grader.classroom.intake.candidates import (
    MOST_ENTRIES,
    MOST_FOLDERS,
    STAGE_FILES,
    Candidate,
    Candidates,
    FoundStageFiles,
)
from grader.classroom.intake.safe_reading import NoFurther, Refused, open_regular, read_regular
from grader.classroom.submission_names import printable


def find_stage_files(hand_in: HandIn) -> FoundStageFiles:
    """Read the stage files of one submission, and list what was wrong with it.

    Raises:
        OSError: if this machine can't read it.
    """
    (source,) = hand_in.sources
    path = source.path
    if path.is_symlink():
        return FoundStageFiles(problems=["it is a link, not a folder or an archive: not opened"])
    chosen = _find_in_folder(path) if path.is_dir() else _find_in_archive(path, may_be_linked=True)
    if not chosen.files and not chosen.problems:
        where = f"up to {MOST_FOLDERS} folders deep"
        chosen.problems.append(f"no stage file (such as {STAGE_FILES[0]}) was found {where}")
    return chosen


def _find_in_folder(folder: Path) -> FoundStageFiles:
    candidates, problems = Candidates(), []
    try:
        _look_in_folder(folder, candidates)
    except NoFurther as reason:
        problems.append(f"the folder {reason}: the rest was ignored")
    if not candidates and not problems:
        archives = sorted(one for one in folder.iterdir() if ending_of(one) and not one.is_dir())
        if len(archives) == 1:  # Moodle downloads a folder with whatever the student handed in
            return _find_in_archive(archives[0])
        if archives:
            problems.append("it has several archives and no stage file: none of them was opened")
    return candidates.choose(problems)


def _look_in_folder(folder: Path, candidates: Candidates) -> None:
    waiting: deque[tuple[Path, tuple[str, ...]]] = deque([(folder, ())])
    entries_seen = 0
    while waiting:
        path, folders = waiting.popleft()
        with os.scandir(path) as entries:
            for entry in entries:
                entries_seen += 1
                if entries_seen > MOST_ENTRIES:
                    raise NoFurther(f"has more than {MOST_ENTRIES:,} files")
                if entry.name in STAGE_FILES:
                    read = partial(read_regular, Path(entry.path))
                    candidates.add(Candidate(folders, entry.name, read))
                elif len(folders) < MOST_FOLDERS and entry.is_dir(follow_symlinks=False):
                    waiting.append((Path(entry.path), (*folders, entry.name)))


def _find_in_archive(path: Path, *, may_be_linked: bool = False) -> FoundStageFiles:
    look = LOOKS.get(ending := ending_of(path))
    if look is None:
        return FoundStageFiles(problems=[f"a {ending} file can't be opened: ask for a zip"])
    candidates, problems = Candidates(), []
    try:
        file = open_regular(path, may_be_linked=may_be_linked)
    except Refused as reason:
        return FoundStageFiles(problems=[f"{printable(path.name)} was not used: {reason}"])
    with file:
        try:
            look(file, candidates)
        except NoFurther as reason:
            problems.append(f"the archive {reason}: the rest was ignored")
        return candidates.choose(problems)
