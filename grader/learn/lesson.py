"""Lessons, as they are read in a terminal."""

import re

from grader.errors import UsageError
from grader.kata import Kata
from grader.learn.you_are_here import you_are_here
from grader.stage import Stage

HINT = re.compile(
    r"<details>\s*<summary>(?P<title>.*?)</summary>(?P<text>.*?)</details>", re.DOTALL
)
_WHY = re.compile(r"^## Why the reference is written this way\n(?P<text>.*?)^## ", re.M | re.S)
_PICTURE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<file>[^)]*)\)")


def map_of_model(stage: Stage) -> str:
    """Return the Markdown with which a lesson shows the whole model, with its stage marked."""
    words = f"The whole model, from text to the next token, with stage {stage.number} marked"
    return f"![{words}](pictures/model_s{stage.number:02d}.svg)"


def read_lesson(kata: Kata, stage: Stage) -> str:
    """Return a stage's lesson as it is written.

    Raises:
        UsageError: when the lesson's file is not there.
    """
    path = kata.lesson(stage)
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        raise UsageError(
            f"{kata.shown(path)} is not there: `git checkout` brings it back"
        ) from None


def lesson_text(kata: Kata, stage: Stage) -> str:
    """Return a stage's lesson as Markdown, its hints folded away and its picture in words.

    Raises:
        UsageError: when the lesson's file is not there.
    """
    folder = kata.shown(kata.lesson(stage).parent)
    text = read_lesson(kata, stage)
    text = text.replace(map_of_model(stage), f"> {you_are_here(stage, kata.stages)}")
    folded = _PICTURE.sub(rf"> Picture, {folder}/\g<file>: \g<alt>.", text)
    folded = HINT.sub("", folded)
    advice = f"`grader hint {stage.number}` shows one more hint each time."
    return re.sub(r"## Hints\s+", f"## Hints\n\n{advice}\n\n", folded)


def why_so(kata: Kata, stage: Stage) -> str:
    """Return a lesson's section on why the reference is written this way, on one line.

    It is empty if the stage has no code.

    Raises:
        UsageError: when the lesson's file is not there.
    """
    found = _WHY.search(lesson_text(kata, stage))
    return " ".join(found["text"].split()) if found else ""
