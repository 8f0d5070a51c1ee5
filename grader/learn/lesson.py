"""Lessons and the hints in them."""

import re
from dataclasses import dataclass

from grader.errors import UsageError
from grader.kata import Kata
from grader.learn.state_dir import read_state, write_state
from grader.stage import Stage

_SHOWN = "hints.json"  # how many hints of each stage have been shown
_HINT = re.compile(
    r"<details>\s*<summary>(?P<title>.*?)</summary>(?P<text>.*?)</details>", re.DOTALL
)
_WHY = re.compile(r"^## Why the reference is written so\n(?P<text>.*?)^## ", re.M | re.S)
_PICTURE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<file>[^)]*)\)")


@dataclass(frozen=True)
class Hint:
    """One hint: what it is called, what it says, and in words what the one after it says."""

    title: str  # such as "Hint 2 of 3: what to do"
    text: str
    following: str | None  # such as "almost the line"; None after the last


def lesson_text(kata: Kata, stage: Stage) -> str:
    """Return a stage's lesson as Markdown, its hints folded away and its picture in words.

    Raises:
        UsageError: when the lesson's file is not there.
    """
    path = kata.lesson(stage)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        raise UsageError(
            f"{kata.shown(path)} is not there: `git checkout` brings it back"
        ) from None
    folded = _PICTURE.sub(rf"> Picture, {kata.shown(path.parent)}/\g<file>: \g<alt>.", text)
    folded = _HINT.sub("", folded)
    advice = f"`grader hint {stage.number}` shows one more hint each time."
    return re.sub(r"## Hints\s+", f"## Hints\n\n{advice}\n\n", folded)


def why_so(kata: Kata, stage: Stage) -> str:
    """Return the sentences of a lesson on why the reference is written so, on one line; empty when
    the stage has no code.

    Raises:
        UsageError: when the lesson's file is not there.
    """
    found = _WHY.search(lesson_text(kata, stage))
    return " ".join(found["text"].split()) if found else ""


def hints_of(kata: Kata, stage: Stage) -> list[tuple[str, str]]:
    """Return the title and the text of each hint in a stage's lesson."""
    text = kata.lesson(stage).read_text(encoding="utf-8")
    return [(match["title"].strip(), match["text"].strip()) for match in _HINT.finditer(text)]


def next_hint(kata: Kata, stage: Stage) -> Hint:
    """Return one more hint than last time (the last one again when there are no more)."""
    hints = hints_of(kata, stage)
    if not hints:
        raise UsageError(f"{stage.name} has no hints: nothing is written in it")
    shown = read_state(kata, _SHOWN, dict[str, int])
    count = min(shown.get(stage.name, 0) + 1, len(hints))
    write_state(kata, _SHOWN, {**shown, stage.name: count})
    (title, text), following = hints[count - 1], hints[count : count + 1]
    title = title.replace(f"Hint {count}:", f"Hint {count} of {len(hints)}:")
    return Hint(title, text, following[0][0].partition(": ")[2] if following else None)


def forget_hints(kata: Kata, stage: Stage) -> None:
    """Begin again with the first hint."""
    shown = read_state(kata, _SHOWN, dict[str, int])
    if shown.pop(stage.name, None) is not None:
        write_state(kata, _SHOWN, shown)
