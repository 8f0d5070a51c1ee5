"""Find the stage files of a hand-in: in folders, archives, single files and notebooks."""

import os
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from grader.classroom.hand_in import HandIn, Source
from grader.classroom.intake.archives import LOOKS, ending_of, modified_in_zip
from grader.classroom.intake.choose_files import FoundStageFiles, choose_files
from grader.classroom.intake.class_zip import class_zip
from grader.classroom.intake.found_files import (
    MOST_ENTRIES,
    MOST_FOLDERS,
    FoundFile,
    FoundFiles,
    is_notebook,
)
from grader.classroom.intake.safe_reading import NoFurther, Refused, open_regular, read_regular
from grader.classroom.intake.stage_file_names import STAGE_FILES, stage_file_like
from grader.classroom.submission_names import printable


def find_stage_files(hand_in: HandIn) -> FoundStageFiles:
    """Read the stage files of one hand-in, and list what was wrong with it.

    Raises:
        OSError: if this machine can't read it.
    """
    found = FoundFiles()
    for source in hand_in.sources:
        _look_in_source(source, found)
    for what, count in found.left_out.items():
        if count:
            found.problems.append(f"it has too many {what}: {count} of them were ignored")
    beside = [one.shown for one in found.archives if not one.folders]
    if found.named:
        if beside:
            names = ", ".join(beside)
            found.problems.append(f"stage files lie beside archives, not opened: {names}")
        chosen = choose_files(found)
    else:
        chosen = _with_archives(found)
    if not chosen.files and not chosen.problems:
        chosen.problems.append(_nothing(found))
    return chosen


def _nothing(found: FoundFiles) -> str:
    line = f"no stage file (such as {STAGE_FILES[0]}) was found up to {MOST_FOLDERS} folders deep"
    if found.katas_own:
        folders = " and ".join(f"{printable(name)}/" for name in sorted(found.katas_own)[:3])
        line += f"; what is in {folders} comes with the kata and doesn't count"
    return line


def _look_in_source(source: Source, found: FoundFiles) -> None:
    path = source.path
    if source.inside:
        with _told_if_it_stops("the zip", found):
            _look_in_class_zip(source, found)
    elif path.is_symlink():
        found.problems.append("it is a link, not a folder or an archive: not opened")
    elif path.is_dir():
        with _told_if_it_stops("the folder", found):
            _look_in_folder(path, found)
    else:
        found.add(_file_on_disk(path, (), source.name or path.name, may_be_linked=True))


def _look_in_class_zip(source: Source, found: FoundFiles) -> None:
    archive = class_zip(source.path)
    archive.allow_one_more()
    for place, (parts, info) in enumerate(archive.below(source.inside)):
        if place > MOST_ENTRIES:
            raise NoFurther(f"has more than {MOST_ENTRIES:,} files for one submission")
        if info.is_dir() or len(parts) > MOST_FOLDERS + 1:
            continue
        name = parts[-1] if parts else source.name or source.inside.rpartition("/")[2]
        file = FoundFile(parts[:-1], name, partial(archive.read, info))
        if _is_wanted(file):
            opened = partial(archive.open_archive, info) if ending_of(name) else None
            found.add(replace(file, modified=modified_in_zip(info), open=opened))


def _look_in_folder(folder: Path, found: FoundFiles) -> None:
    waiting: deque[tuple[Path, tuple[str, ...]]] = deque([(folder, ())])
    entries_seen = 0
    while waiting:
        path, folders = waiting.popleft()
        with os.scandir(path) as entries:
            for entry in entries:
                entries_seen += 1
                if entries_seen > MOST_ENTRIES:
                    raise NoFurther(f"has more than {MOST_ENTRIES:,} files")
                is_folder = entry.is_dir(follow_symlinks=False)
                if stage_file_like(entry.name) or not is_folder:
                    found.add(_file_on_disk(Path(entry.path), folders, entry.name))
                elif len(folders) < MOST_FOLDERS and not entry.name.startswith("."):
                    waiting.append((Path(entry.path), (*folders, entry.name)))


def _file_on_disk(
    path: Path, folders: tuple[str, ...], name: str, *, may_be_linked: bool = False
) -> FoundFile:
    read = partial(read_regular, path, may_be_linked=may_be_linked)
    file = FoundFile(folders, name, read)
    if not _is_wanted(file):
        return file
    opened = partial(open_regular, path, may_be_linked=may_be_linked) if ending_of(name) else None
    return replace(file, modified=path.lstat().st_mtime, open=opened)


def _is_wanted(file: FoundFile) -> bool:
    """Return whether a file may be graded, or may be an archive of files to grade."""
    if stage_file_like(file.name) or is_notebook(file.name):
        return True
    return not file.folders and bool(ending_of(file.name)) and not file.name.startswith(".")


@contextmanager
def _told_if_it_stops(what: str, found: FoundFiles) -> Iterator[None]:
    try:
        yield
    except (NoFurther, Refused) as reason:
        found.problems.append(f"{what} {reason}: the rest was ignored")


def _with_archives(found: FoundFiles) -> FoundStageFiles:
    """Choose among the files in the archives, too, which are read while their archive is open."""
    with ExitStack() as stack:
        for archive in found.archives:
            within = archive.name if len(found.archives) > 1 else ""
            _look_in_archive(archive, within, found, stack)
        return choose_files(found)


def _look_in_archive(archive: FoundFile, within: str, found: FoundFiles, stack: ExitStack) -> None:
    look = LOOKS.get(ending := ending_of(archive.name))
    if look is None or archive.open is None:
        found.problems.append(f"a {ending} file can't be opened, but a zip can")
        return
    try:
        file = stack.enter_context(archive.open())
    except Refused as reason:
        found.problems.append(f"{archive.shown} was not used: {reason}")
        return
    with _told_if_it_stops(printable(within) or "the archive", found):
        look(file, lambda one: found.add(replace(one, within=within)))
