"""Removing what untrusted code left in its folder, however it was made.

`shutil.rmtree` recurses, and gives up on folders that are nested a thousand deep, which code makes
in a moment. Here a nested folder is moved up first, so nothing is ever deeper than two levels, and
no link is followed.
"""

import os
from itertools import count
from pathlib import Path


def remove_litter(folder: Path) -> None:
    """Remove a folder and everything in it; nothing may still be writing there.

    Raises:
        OSError: if the folder doesn't exist or an entry can't be removed.
    """
    os.chmod(folder, 0o700)
    numbers = count()
    while waiting := [entry for entry in os.scandir(folder) if not _unlinked(entry)]:
        for entry in waiting:
            os.chmod(entry.path, 0o700)
            for inner in list(os.scandir(entry.path)):
                if not _unlinked(inner):
                    os.chmod(inner.path, 0o700)
                    _move_up(inner.path, folder, numbers)
            os.rmdir(entry.path)
    os.rmdir(folder)


def _unlinked(entry: "os.DirEntry[str]") -> bool:
    """Remove an entry unless it is a folder; return whether it was removed."""
    if entry.is_dir(follow_symlinks=False):
        return False
    os.unlink(entry.path)
    return True


def _move_up(path: str, folder: Path, numbers: "count[int]") -> None:
    """Move a folder directly into `folder`, under a free name."""
    while True:
        target = folder / f".{next(numbers)}"
        if not os.path.lexists(target):
            os.rename(path, target)
            return
