"""Find pictures in lessons that are out of date.

They are drawn again and compared: words must be equal; numbers and colors may differ by amounts
that can't be seen, because another processor rounds differently.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

import matplotlib

from grader.errors import UsageError
from grader.kata import Kata
from grader.plot.lesson_pictures import pictures_of, whole_model
from grader.stage import Stage
from grader.stages import STAGES

_COMMAND = "`python -m grader.plot.lesson_pictures"
_POINTS = 0.5  # of 72 an inch: one count more in a histogram is not news
_SHADES = 6  # of 255: one step of a color map
_TAG = re.compile(r"<[^>]*>")
_NUMBER = re.compile(r"#[0-9a-f]{6}|-?\d+(?:\.\d+)?")


def stale_pictures(kata: Kata, stages: Sequence[Stage]) -> list[str]:
    """Return which of the stages' pictures are missing or out of date.

    Pictures are compared only if they were drawn with this version of matplotlib.
    """
    problems = []
    for stage in stages:
        try:
            pictures = pictures_of(kata, stage)
        except UsageError as error:
            problems.append(f"{error}: write `draw(walk)` in it, which draws the lesson's picture")
        else:
            problems += _stale(kata, pictures, f"{_COMMAND} {stage.number}` draws it")
    return problems


def _stale(kata: Kata, pictures: dict[Path, Callable[[], str]], fix: str) -> Iterator[str]:
    for path, draw in pictures.items():
        if not path.is_file():
            yield f"{kata.shown(path)} is missing: {fix}"
        elif _version(path) == matplotlib.__version__ and (
            change := difference(path.read_text(encoding="utf-8"), draw())
        ):
            yield f"{kata.shown(path)} is stale ({change}): {fix}"


def folder_problems(kata: Kata) -> list[str]:
    """Return what is wrong with the folder of pictures.

    The whole model may be stale, some pictures may belong to no lesson, or they may be from several
    versions of matplotlib.
    """
    folder = kata.picture(STAGES[0]).parent
    marked = [kata.model_picture(stage) for stage in (None, *STAGES)]
    wanted = [*marked, *map(kata.picture, STAGES)]
    problems = list(_stale(kata, whole_model(kata), f"{_COMMAND}` draws it"))
    problems += [
        f"{kata.shown(path)} belongs to no lesson: delete it"
        for path in sorted(folder.glob("[!.]*"))  # not .DS_Store
        if path not in wanted
    ]
    versions = " and ".join(sorted(set(map(_version, folder.glob("*.svg")))))
    if " and " in versions:
        problems.append(f"the pictures are from matplotlib {versions}: {_COMMAND}` draws them")
    return problems


def _version(picture: Path) -> str:
    """Return the version of matplotlib that a picture says it was drawn with."""
    found = re.search(r"Matplotlib v([\w.]+)", picture.read_text(encoding="utf-8"))
    return found[1] if found else "unknown"


def difference(old: str, new: str) -> str:
    """Return in a few words what makes two SVGs look different; '' if nothing does."""
    for before, now in zip_longest(_TAG.split(old), _TAG.split(new)):
        if before != now:
            one, other = (repr((words or "nothing").strip()[:40]) for words in (before, now))
            return f"{one} is now {other}"
    for before, now in zip(_TAG.findall(old), _TAG.findall(new), strict=True):
        if _NUMBER.split(before) != _NUMBER.split(now):
            return "another shape"
        for one, other in zip(_NUMBER.findall(before), _NUMBER.findall(now), strict=True):
            if not _alike(one, other):
                return f"{one} is now {other}"
    return ""


def _alike(one: str, other: str) -> bool:
    """Return whether two numbers or two colors look the same."""
    if one[0] == other[0] == "#":
        channels = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
        return all(abs(a - b) <= _SHADES for a, b in channels)
    return "#" not in one + other and abs(float(one) - float(other)) <= _POINTS
