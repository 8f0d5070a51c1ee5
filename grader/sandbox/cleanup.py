"""Removing what a stranger's code has left in its folder, however it was made.

`shutil.rmtree` goes down with the folders: it gives up where they are a thousand deep, which takes
code a moment to make. Here a folder that is found inside is moved up first, so nothing is ever
deeper than two, and no link is followed.
"""

import os
from itertools import count
from pathlib import Path


def remove_litter(folder: Path) -> None:
    """Remove a folder and all in it; nothing may be writing there any more."""
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
    """Remove an entry unless it is a folder."""
    if entry.is_dir(follow_symlinks=False):
        return False
    os.unlink(entry.path)
    return True


def _move_up(path: str, folder: Path, numbers: "count[int]") -> None:
    """Give a folder a name of its own right in `folder`."""
    while True:
        target = folder / f".{next(numbers)}"
        if not os.path.lexists(target):
            os.rename(path, target)
            return
