"""What was found in a submission that may be its work: stage files, notebooks, archives."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from grader.classroom.intake.safe_reading import LARGEST, Refused
from grader.classroom.intake.stage_file_names import (
    STAGE_FILES,
    is_hidden,
    is_the_katas_own,
    stage_file_like,
)
from grader.classroom.submission_names import printable

MOST_FOLDERS = 4  # that a stage file may be nested in
MOST_ENTRIES = 20_000  # files and folders to look at
LARGEST_NOTEBOOK = 10_000_000  # bytes; pictures in its outputs count
NOTEBOOK = ".ipynb"
_MOST_COPIES = 8  # of one stage file
_MOST_NOTEBOOKS = 5
_MOST_ARCHIVES = 5
_ABSOLUTE = re.compile(r"/|[A-Za-z]:")


@dataclass(frozen=True)
class FoundFile:
    """A file of a submission: `read` returns its contents, or raises Refused."""

    folders: tuple[str, ...]
    name: str
    read: Callable[[int], bytes]  # if it has at most so many bytes
    modified: float = 0.0  # when, in seconds since 1970, as far as the file system or archive says
    open: Callable[[], BinaryIO] | None = None  # how an archive is read; None: it isn't opened
    within: str = ""  # the archive it is in, if the submission has several

    @property
    def shown(self) -> str:
        return printable("/".join((*filter(None, [self.within]), *self.folders, self.name)))

    @property
    def is_in_exercises(self) -> bool:
        return bool(self.folders) and self.folders[-1].casefold() == "exercises"

    def read_ahead(self) -> "FoundFile":
        """Return this file with its contents, or the reason to refuse them, already known."""
        most = LARGEST_NOTEBOOK if is_notebook(self.name) else LARGEST
        try:
            text = self.read(most)
        except Refused as refused:
            return replace(self, read=refusing(str(refused)))
        return replace(self, read=lambda _most: text)


@dataclass(frozen=True)
class Candidate:
    """A file that may be the one to grade as a stage."""

    file: FoundFile
    copy: int  # its number, for a name such as `s09_rms_norm (2).py`; 0 if it is the first

    @property
    def rank(self) -> tuple[object, ...]:
        """How unlikely it is that this file is the one that is meant: the lowest wins."""
        one = self.file
        newest_first = (-self.copy, -one.modified)
        return not one.is_in_exercises, *newest_first, len(one.folders), one.folders, one.name


@dataclass
class FoundFiles:
    """The few likeliest files of each kind; others are dropped, however many there are."""

    problems: list[str] = field(default_factory=list)
    named: dict[str, list[Candidate]] = field(default_factory=lambda: defaultdict(list))
    close: dict[str, list[Candidate]] = field(default_factory=lambda: defaultdict(list))
    notebooks: list[FoundFile] = field(default_factory=list)
    archives: list[FoundFile] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)  # how many archives and notebooks
    katas_own: set[str] = field(default_factory=set)  # its folders in which stage files were seen

    def add(self, file: FoundFile) -> None:
        """Keep a file if it may be a student's work."""
        like = stage_file_like(file.name)
        if is_the_katas_own(file.folders):
            if like and not any(map(is_hidden, file.folders)):
                self.katas_own.add(file.folders[-1])
        elif like:
            is_exact = file.name in STAGE_FILES
            candidates = (self.named if is_exact else self.close)[like[0]]
            candidates.append(Candidate(file, like[1]))
            candidates.sort(key=lambda one: one.rank)
            del candidates[_MOST_COPIES:]
        elif is_notebook(file.name):
            self._keep("notebooks", self.notebooks, file, _MOST_NOTEBOOKS)
        elif file.open is not None:
            self._keep("archives", self.archives, file, _MOST_ARCHIVES)

    def _keep(self, what: str, kept: list[FoundFile], file: FoundFile, most: int) -> None:
        kept.append(file)
        kept.sort(key=lambda one: (len(one.folders), one.folders, one.name))
        self.left_out[what] += len(kept[most:])
        del kept[most:]


def is_notebook(name: str) -> bool:
    return name.lower().endswith(NOTEBOOK)


def parts_of(path: str) -> tuple[str, ...]:
    """Return the folders and the name of an archive's entry."""
    return tuple(part for part in path.replace("\\", "/").split("/") if part not in ("", "."))


def leads_out(path: str) -> bool:
    """Return whether the path of an archive's entry leads out of the archive."""
    return bool(_ABSOLUTE.match(path.replace("\\", "/"))) or ".." in parts_of(path)


def file_in_archive(path: str, read: Callable[[int], bytes], modified: float) -> FoundFile | None:
    """Return an archive's entry; None if it has nothing to grade, or is nested too deep."""
    parts = parts_of(path)
    if not parts or len(parts) > MOST_FOLDERS + 1:
        return None
    if not stage_file_like(parts[-1]) and not is_notebook(parts[-1]):
        return None
    if leads_out(path):
        read = refusing("its path leads out of the submission")
    return FoundFile(parts[:-1], parts[-1], read, modified)


def refusing(reason: str) -> Callable[[int], bytes]:
    """Return a function that refuses to read a file."""

    def refuse(_most: int) -> bytes:
        raise Refused(reason)

    return refuse
