"""Make temporary folders for untrusted code, and remove whatever it left in them.

`shutil.rmtree` recurses, and gives up on folders that are nested a thousand deep, which code can
make in a moment. Here a nested folder is first moved up, so nothing is ever deeper than two levels.
Each folder is held open while it is worked on. Otherwise a process still running there could
replace it by a link and have something else removed.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

_TRIES = 10  # files may appear while others are removed


@contextmanager
def scratch_folder(within: Path | None = None) -> Iterator[Path]:
    """Make a temporary folder, and finally remove it with everything in it.

    An error during removal is dropped, because it must not replace the result of the block. What is
    left stays in the folder for temporary files; in a class, `results_folder` removes that folder.
    """
    folder = Path(tempfile.mkdtemp(prefix="kata-", dir=within))
    try:
        yield folder
    finally:
        with suppress(Exception):
            remove_litter(folder)


def remove_litter(folder: Path) -> None:
    """Remove a folder and everything in it that can be removed.

    Raises:
        OSError: if the folder doesn't exist or something can't be removed.
    """
    if sys.platform != "linux":  # nothing is sandboxed there, and the calls below don't exist
        try:
            shutil.rmtree(folder)
        except RecursionError:
            raise OSError("folders are nested too deep") from None
        return
    for tries_left in reversed(range(_TRIES)):
        try:
            empty_folder(folder)
            os.rmdir(folder)
            return
        except OSError:
            if not tries_left:
                raise


def empty_folder(folder: Path) -> None:
    """Remove everything in a folder that can be removed, and keep the folder itself (Linux).

    Raises:
        OSError: if the folder doesn't exist or something can't be removed.
    """
    stuck: dict[str, OSError] = {}
    numbers = count()
    with _opened(os.fspath(folder)) as top:
        while names := _remove_files(top, stuck):
            for name in names:
                try:
                    _remove_level(name, top, numbers)
                except OSError as error:
                    stuck[name] = error
    if stuck:
        raise next(iter(stuck.values()))


@contextmanager
def _opened(name: str, within: int | None = None) -> Iterator[int]:
    """Open a folder, even one that is closed to its owner, and give its owner every permission.

    Raises:
        OSError: if it isn't a folder; a link in its place isn't followed.
    """
    itself = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=within)
    try:
        path = f"/proc/self/fd/{itself}"  # the only name that can't come to mean something else
        os.chmod(path, 0o700)
        readable = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    finally:
        os.close(itself)
    try:
        yield readable
    finally:
        os.close(readable)


def _remove_files(folder: int, stuck: dict[str, OSError]) -> list[str]:
    """Remove everything that isn't a folder; return the names of the folders that aren't stuck."""
    folders = []
    with os.scandir(folder) as listing:
        for entry in listing:
            if entry.name in stuck:
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
                continue
            try:
                os.unlink(entry.name, dir_fd=folder)
            except FileNotFoundError:
                pass
            except OSError as error:
                stuck[entry.name] = error
    return folders


def _remove_level(name: str, top: int, numbers: "count[int]") -> None:
    """Move the folders inside a folder of `top` up to `top`, then remove that folder."""
    inside: dict[str, OSError] = {}
    with _opened(name, top) as folder:
        for inner in _remove_files(folder, inside):
            with _opened(inner, folder):
                pass  # a folder that its owner can't write to can't be moved
            os.rename(inner, _free_name(top, numbers), src_dir_fd=folder, dst_dir_fd=top)
    if inside:
        raise next(iter(inside.values()))
    os.rmdir(name, dir_fd=top)


def _free_name(folder: int, numbers: "count[int]") -> str:
    for number in numbers:
        try:
            os.stat(f".{number}", dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return f".{number}"
    raise AssertionError("numbers don't end")
