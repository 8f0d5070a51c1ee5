"""What lies at the top of a download, in a folder or a zip; no file is opened to find out."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from grader.classroom.hand_in import HandIn, Source
from grader.classroom.intake.class_zip import class_zip
from grader.classroom.intake.safe_reading import NoFurther, Refused, read_regular
from grader.classroom.submission_names import printable
from grader.errors import UsageError
from grader.write_files import reason_of

_MOST = 100_000  # files and folders at the top
_ZIP = ".zip"
_JUNK = {"__macosx", "thumbs.db", "desktop.ini"}  # what operating systems add


@dataclass(frozen=True)
class Entry:
    """A file or folder at the top of a download."""

    name: str  # not safe to print
    source: Source
    is_folder: bool

    @property
    def is_visible(self) -> bool:
        return not self.name.startswith(".") and self.name.casefold() not in _JUNK


@dataclass(frozen=True)
class Contents:
    """A folder, or a zip, of hand-ins."""

    name: str  # of the folder or zip, without an ending: not safe to print
    source: Source  # a folder, a zip, or a folder in a zip
    entries: tuple[Entry, ...]  # in the order of their names

    @property
    def visible(self) -> tuple[Entry, ...]:
        """The entries that a file manager shows."""
        return tuple(entry for entry in self.entries if entry.is_visible)


@dataclass(frozen=True)
class TakenApart:
    """What one course system's form accounts for in a download, and the rest."""

    kind: str
    hand_ins: tuple[HandIn, ...]
    rest: tuple[Entry, ...]
    problems: tuple[str, ...] = ()


def contents_of(source: Source, name: str = "") -> Contents:
    """List a folder, a zip, or a folder in a zip.

    Raises:
        UsageError: if it can't be read.
    """
    try:
        is_folder = not source.inside and source.path.is_dir()
        entries = _in_folder(source.path) if is_folder else _in_zip(source)
    except OSError as error:
        raise UsageError(f"{source.path}: {reason_of(error)}") from None
    except (NoFurther, Refused) as reason:
        raise UsageError(f"{source.path}: the zip can't be used, because it {reason}") from None
    in_order = sorted(entries, key=lambda one: (one.name, one.source.path, one.source.inside))
    if len(in_order) > _MOST:
        raise UsageError(f"{source.path}: it has more than {_MOST:,} files and folders")
    called = name or text_of(source.path)
    if not is_folder and not source.inside and called.lower().endswith(_ZIP):
        called = called[: -len(_ZIP)] or called
    return Contents(called, source, tuple(in_order))


def names_in(entry: Entry) -> frozenset[str]:
    """Return the names of what lies directly in a folder, hidden files included."""
    if not entry.is_folder or (not entry.source.inside and entry.source.path.is_symlink()):
        return frozenset()
    return frozenset(one.name for one in contents_of(entry.source).entries)


def read_list(entry: Entry, most: int) -> bytes:
    """Read a list that a course system wrote.

    Raises:
        Refused: if it has more than `most` bytes, or isn't a regular file.
        NoFurther: if its zip is broken.
        OSError: if this machine can't read it.
    """
    source = entry.source
    if not source.inside:
        return read_regular(source.path, most, may_be_linked=True)
    archive = class_zip(source.path)
    archive.allow_one_more()
    for _, info in archive.below(source.inside):
        return archive.read(info, most)
    raise Refused("it is missing")


def without(entries: Iterable[Entry], taken: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the entries that are not among those taken."""
    known = {one.source for one in taken}
    return tuple(one for one in entries if one.source not in known)


def file_source(entry: Entry, name: str) -> Source:
    """Return an entry as the source of a hand-in, with the name that its student gave it."""
    return entry.source if entry.is_folder else replace(entry.source, name=name)


def text_of(path: Path) -> str:
    """Return a file's name as text, whatever its bytes are."""
    return os.fsencode(path.name).decode("utf-8", errors="replace")


def shown(entry: Entry) -> str:
    return printable(entry.name) + ("/" if entry.is_folder else "")


def _in_folder(folder: Path) -> list[Entry]:
    entries: list[Entry] = []
    for path in folder.iterdir():
        entries.append(Entry(text_of(path), Source(path), path.is_dir()))
        if len(entries) > _MOST:
            break
    return entries


def _in_zip(source: Source) -> list[Entry]:
    is_folder: dict[str, bool] = {}
    for parts, info in class_zip(source.path).below(source.inside):
        if parts:
            is_folder[parts[0]] = is_folder.get(parts[0], False) or len(parts) > 1 or info.is_dir()
    start = f"{source.inside}/" if source.inside else ""
    return [
        Entry(name, Source(source.path, start + name), folder) for name, folder in is_folder.items()
    ]
