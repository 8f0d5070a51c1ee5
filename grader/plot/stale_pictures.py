"""Are the lessons' pictures what would be drawn now?

They are drawn again and compared: words must be equal; numbers and colours may differ by what
cannot be seen, since another processor rounds differently.
"""

import re
from itertools import zip_longest
from pathlib import Path

import matplotlib

from grader.kata import Kata
from grader.plot.lesson_pictures import PICTURES, draw_lessons
from grader.stages import STAGES

_COMMAND = "`python -m grader.plot.lesson_pictures` draws them"
_POINTS = 0.5  # of 72 an inch: one count more in a histogram is not news
_SHADES = 6  # of 255: one step of a colour map
_TAG = re.compile(r"<[^>]*>")
_NUMBER = re.compile(r"#[0-9a-f]{6}|-?\d+(?:\.\d+)?")


def stale_pictures(kata: Kata) -> list[str]:
    """Say which lessons' pictures are missing, left over, or not what would be drawn now.

    Where this matplotlib is not the one that they were drawn with (`drawn_with`), how they look is
    not compared. Takes some seconds.
    """
    wanted = [stage for stage in STAGES if stage.number in PICTURES]
    problems = [
        f"{kata.shown(path)} belongs to no lesson: delete it"
        for path in sorted(kata.picture(STAGES[0]).parent.glob("*"))
        if path not in [kata.picture(stage) for stage in wanted]
    ]
    versions = drawn_with(kata)
    if len(versions) > 1:
        several = " and ".join(sorted(versions))
        problems.append(f"the pictures are from matplotlib {several}: {_COMMAND}")
    drawn = draw_lessons(kata) if versions == {matplotlib.__version__} else {}
    for stage in wanted:
        path = kata.picture(stage)
        if not path.is_file():
            problems.append(f"{kata.shown(path)} is missing: {_COMMAND}")
        elif stage.number in drawn and (told := difference(_read(path), drawn[stage.number])):
            problems.append(f"{kata.shown(path)} is stale ({told}): {_COMMAND}")
    return problems


def drawn_with(kata: Kata) -> set[str]:
    """Give the versions of matplotlib that the pictures say they were drawn with."""
    folder = kata.picture(STAGES[0]).parent
    found = [re.search(r"Matplotlib v([\w.]+)", _read(path)) for path in folder.glob("*.svg")]
    return {match[1] if match else "unknown" for match in found}


def difference(old: str, new: str) -> str:
    """Say in a few words what makes two SVGs differ visibly; empty when nothing does."""
    words = [(a, b) for a, b in zip_longest(_TAG.split(old), _TAG.split(new)) if a != b]
    if words:
        before, now = words[0]
        return f"{_brief(before)} is now {_brief(now)}"
    for before, now in zip(_TAG.findall(old), _TAG.findall(new), strict=True):
        if _NUMBER.split(before) != _NUMBER.split(now):
            return "another shape"
        for one, other in zip(_NUMBER.findall(before), _NUMBER.findall(now), strict=True):
            if not _alike(one, other):
                return f"{one} is now {other}"
    return ""


def _alike(one: str, other: str) -> bool:
    """Tell whether two numbers or two colours look the same."""
    if one.startswith("#") and other.startswith("#"):
        channels = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
        return all(abs(a - b) <= _SHADES for a, b in channels)
    if "#" in one + other:
        return False
    return abs(float(one) - float(other)) <= _POINTS


def _brief(words: str | None) -> str:
    return repr((words or "nothing").strip()[:40])


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
