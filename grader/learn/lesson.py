"""Lessons, as shown in a terminal."""

import re

from grader.errors import UsageError
from grader.kata import Kata
from grader.learn.you_are_here import you_are_here
from grader.stage import Stage

HINT = re.compile(
    r"<details>\s*<summary>(?P<title>.*?)</summary>(?P<text>.*?)</details>", re.DOTALL
)
_WHY = re.compile(r"^## Why the reference is written this way\n(?P<text>.*?)^## ", re.M | re.S)
BADGE = re.compile(r"^\[!\[Open in Colab\].*\n\n", re.M)  # `grader.author.colab_badges` writes it
FOR_AUTHORS = re.compile(r"^Every number here:[^\n]*\n*", re.M)
CLOSING = ("after_42", "after-42", "after")  # what the closing lesson may be called
PAGES = ("real-model", "teaching", *CLOSING)  # what else `grader lesson` shows
PICTURE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<file>[^)]*)\)")


def map_of_model(stage: Stage) -> str:
    """Return how a lesson shows the drawing of the whole model, with its stage marked."""
    words = f"The whole model, from text to the next token, with stage {stage.number} marked"
    return f"![{words}](pictures/model_s{stage.number:02d}.svg)"


def read_lesson(kata: Kata, stage: Stage) -> str:
    """Return the Markdown source of a stage's lesson, without the badge for readers on the web.

    Raises:
        UsageError: if the lesson's file is missing.
    """
    path = kata.lesson(stage)
    try:
        return BADGE.sub("", path.read_text(encoding="utf-8"))
    except OSError:
        raise UsageError(
            f"{kata.shown(path)} is missing: `git checkout {kata.shown(path)}` restores it"
        ) from None


def lesson_text(kata: Kata, stage: Stage) -> str:
    """Return a stage's lesson as Markdown for a terminal: without hints, its picture in words.

    Raises:
        UsageError: if the lesson's file is missing.
    """
    folder = kata.shown(kata.lesson(stage).parent)
    text = read_lesson(kata, stage)
    text = text.replace(map_of_model(stage), f"> {you_are_here(stage, kata.stages)}")
    where = rf"{folder}/\g<file>"
    if kata.own:  # the pictures are in the installed package, and the figures' programs nowhere
        text = FOR_AUTHORS.sub("", text)
        where = f"`grader plot {stage.number}` draws it"
    folded = PICTURE.sub(rf"> Picture ({where}): \g<alt>.", text)
    folded = HINT.sub("", folded)
    advice = f"`grader hint {stage.number}` shows one more hint each time."
    return re.sub(r"## Hints\s+", f"## Hints\n\n{advice}\n\n", folded)


def page_text(kata: Kata, name: str) -> str:
    """Return one of `PAGES` as Markdown.

    Raises:
        UsageError: if it isn't in this edition.
    """
    path = kata.closing_lesson if name in CLOSING else kata.page(name)
    try:
        text = path.read_text(encoding="utf-8")
        return FOR_AUTHORS.sub("", text) if kata.own else text
    except OSError:
        raise UsageError(f"the page {name} is not in this edition of the kata") from None


def why_so(kata: Kata, stage: Stage) -> str:
    """Return what a lesson says about why the reference is written as it is, on one line.

    Empty if the stage has no code.

    Raises:
        UsageError: if the lesson's file is missing.
    """
    found = _WHY.search(lesson_text(kata, stage))
    return " ".join(found["text"].split()) if found else ""
