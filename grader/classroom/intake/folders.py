"""Looking for stage files in a folder."""

import os
from collections import deque
from functools import partial
from pathlib import Path

from grader.classroom.intake.bounded import NoFurther
from grader.classroom.intake.found import MOST_ENTRIES, MOST_FOLDERS, STAGE_FILES, Candidates, Found
from grader.classroom.intake.regular import read_own


def look_in_folder(folder: Path, pool: Candidates) -> None:
    """Add a folder's stage files to the pool.

    Raises:
        NoFurther: when there is more in it than can be looked at.
        OSError: when this machine cannot list the folder.
    """
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
                    read = partial(read_own, Path(entry.path))
                    pool.add(Found(folders, entry.name, read))
                elif len(folders) < MOST_FOLDERS and entry.is_dir(follow_symlinks=False):
                    waiting.append((Path(entry.path), (*folders, entry.name)))
