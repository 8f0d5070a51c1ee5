"""Which names of files in a submission are those of stage files, or close to them."""

import re
from collections.abc import Sequence

from grader.stage import Stage
from grader.stages import STAGES

_BY_FILE = {f"{stage.name}.py": stage for stage in STAGES if stage.has_code}
STAGE_FILES = tuple(_BY_FILE)
# Folders of a handout or a checkout with files of the same names. None of them is a student's work.
KATA_FOLDERS = frozenset(
    ("benchmarks", "grader", "lessons", "mistakes", "recordings", "right_ways")
    + ("solutions", "stubs", "tests", "tiny_weights")
)

_BY_NUMBER = {(stage.number, stage.slug): f"{stage.name}.py" for stage in STAGES if stage.has_code}
_MAY_BE = re.compile(
    r"(?:^|[ _])s0*[1-9]\d?[ _-]", re.IGNORECASE | re.ASCII
)  # quick, for many files
_PREFIX = re.compile(r"(?:copy of|kopie von|copie de|copia de)[ _]", re.IGNORECASE)
_ENDING = re.compile(r"\.py(?:\.txt|\.py)?|\.txt", re.IGNORECASE)
_NUMBER_AND_SLUG = re.compile(r"s0*([1-9]\d?)_(\w+)", re.IGNORECASE | re.ASCII)
# What browsers, file managers and course systems add to the name of a second file: ` (1)`, ` copy`,
# ` - Copy (2)`, `-1`, and, in Canvas after the eighth, a random `-0b6cd1a9-...`.
_COPY = re.compile(
    r"[ _]?\((?P<bracketed>\d{1,4})\)"
    r"|[ _]?-?[ _]?(?:copy|kopie|copie|copia)(?:[ _](?P<named>\d{1,4}))?"
    r"|[-_ ](?P<plain>\d{1,4})"
    r"|-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    re.IGNORECASE | re.ASCII,
)
_MOST_MARKS = 3


def stage_with_file(name: str) -> Stage:
    """Return the stage whose file has this name.

    Raises:
        KeyError: if there is none.
    """
    return _BY_FILE[name]


def stage_file_like(name: str) -> tuple[str, int] | None:
    """Return the stage file whose name is this one or close to it; None if there is none.

    Returns:
        the stage file's name, and the number of the copy: 2 for `s09_rms_norm (2).py`.
    """
    if name in STAGE_FILES:
        return name, 0
    if not _MAY_BE.search(name):
        return None
    stem, ending = without_ending(name)
    if not ending:
        return None
    stem, copy = without_copy_mark(_PREFIX.sub("", stem, count=1))
    found = _NUMBER_AND_SLUG.fullmatch(re.sub(r"[ _-]+", "_", stem))
    file = found and _BY_NUMBER.get((int(found[1]), found[2].lower()))
    return (file, copy) if file else None


def without_ending(name: str) -> tuple[str, str]:
    """Return a name without the ending that a text file with code may have, and this ending."""
    for place in range(max(0, len(name) - 8), len(name)):
        if _ENDING.fullmatch(name, place):
            return name[:place], name[place:]
    return name, ""


def without_copy_mark(stem: str) -> tuple[str, int]:
    """Return a name without its ending as it was before copying, and the number of the copy."""
    number = 0
    for _ in range(_MOST_MARKS):
        marks = (_COPY.fullmatch(stem, place) for place in range(max(1, len(stem) - 40), len(stem)))
        mark = next(filter(None, marks), None)
        if mark is None:
            break
        counted = mark["bracketed"] or mark["named"] or mark["plain"] or "1"
        stem, number = stem[: mark.start()], max(number, int(counted))
    return stem, number


def is_the_katas_own(folders: Sequence[str]) -> bool:
    """Return whether files in a folder belong to the kata, or to a tool, and not to a student."""
    if folders and folders[-1].casefold() == "exercises":
        return False
    return any(one.casefold() in KATA_FOLDERS or is_hidden(one) for one in folders)


def is_hidden(folder: str) -> bool:
    """Return whether a folder is one that tools make, such as `.git`."""
    return folder.startswith(".") and folder != ".."
