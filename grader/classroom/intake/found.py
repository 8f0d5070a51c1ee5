"""Files that are called like a stage's, wherever in a submission they lie."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from grader.classroom.submission_names import printable
from grader.stages import STAGES

STAGE_FILES = tuple(f"{stage.name}.py" for stage in STAGES if stage.has_code)
LARGEST = 200_000  # bytes of one stage file; the longest of the reference has 4,453
MOST_FOLDERS = 4  # above a stage file
MOST_ENTRIES = 20_000  # files and folders that are looked at
_MOST_COPIES = 8  # of one stage's file
_NOT_THEIRS = {"solutions", "mistakes"}  # the kata's own folders with files of the same names
_ABSOLUTE = re.compile(r"/|[A-Za-z]:")


class Refused(Exception):
    """Something is not taken; the message says why, and goes on after its name and a colon."""


@dataclass(frozen=True)
class Found:
    """A file called like a stage's: `read` gives its contents, or raises Refused."""

    folders: tuple[str, ...]
    name: str
    read: Callable[[], bytes]

    @property
    def shown(self) -> str:
        return printable("/".join((*self.folders, self.name)))

    @property
    def preference(self) -> int:
        """Say which of several is meant: the lowest."""
        if self.folders and self.folders[-1].casefold() == "exercises":
            return 0
        return 2 if _NOT_THEIRS & set(self.folders) else 1


class Candidates:
    """What was found, the likeliest few files of each stage: a flood of others is forgotten."""

    def __init__(self) -> None:
        self._found: dict[str, list[Found]] = defaultdict(list)

    def add(self, found: Found) -> None:
        likeliest_first = sorted(
            [*self._found[found.name], found],
            key=lambda one: (one.preference, len(one.folders), one.folders),
        )
        self._found[found.name] = likeliest_first[:_MOST_COPIES]

    def __iter__(self) -> Iterator[tuple[str, list[Found]]]:
        """Give each stage's file name with what was found of it, in the order of the stages."""
        return ((name, self._found[name]) for name in STAGE_FILES if name in self._found)

    def __bool__(self) -> bool:
        return bool(self._found)


def find_in_archive(path: str, read: Callable[[], bytes]) -> Found | None:
    """Make a find of an archive's entry; None when it is no stage's file, or lies too deep."""
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
    if not parts or parts[-1] not in STAGE_FILES or len(parts) > MOST_FOLDERS + 1:
        return None
    if _ABSOLUTE.match(path.replace("\\", "/")) or ".." in parts:
        read = refusing("its path leads out of the submission")
    return Found(tuple(parts[:-1]), parts[-1], read)


def refusing(reason: str) -> Callable[[], bytes]:
    """Make what refuses to read."""

    def refuse() -> bytes:
        raise Refused(reason)

    return refuse


def small_enough(size: int) -> None:
    """Raise Refused for more bytes than a stage file may have."""
    if size > LARGEST:
        raise Refused(f"larger than {LARGEST // 1000} kB")
