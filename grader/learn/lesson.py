"""Lessons, as shown in a terminal."""

import re
from pathlib import Path

from grader.errors import UsageError
from grader.kata import Kata
from grader.language import mark, tr, translated
from grader.learn.you_are_here import you_are_here
from grader.stage import Stage

HINT = re.compile(
    r"<details>\s*<summary>(?P<title>.*?)</summary>(?P<text>.*?)</details>", re.DOTALL
)
WHY, HINTS = mark("Why the reference is written this way"), mark("Hints")  # headings
BADGE = re.compile(r"^\[!\[Open in Colab\].*\n\n", re.M)  # `grader.author.colab_badges` writes it
# What only authors need: the figures' program, and which English a translation follows.
FOR_AUTHORS = re.compile(r"^[^\n]*`python -m benchmarks\.lesson_figures[^\n]*\n*", re.M)
FOLLOWS = re.compile(r"\n*<!-- English: [^>]*-->")
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
    path = translated(kata.lesson(stage))
    try:
        return BADGE.sub("", _read(path))
    except OSError:
        raise UsageError(
            tr("{file} is missing: `git checkout {file}` restores it", file=kata.shown(path))
        ) from None


def lesson_text(kata: Kata, stage: Stage) -> str:
    """Return a stage's lesson as Markdown for a terminal: without hints, its picture in words.

    Raises:
        UsageError: if the lesson's file is missing.
    """
    folder = kata.shown(kata.lesson(stage).parent)
    text = read_lesson(kata, stage)
    picture = f"pictures/{kata.model_picture(stage).name}"
    here = f"> {you_are_here(stage, kata.stages)}"
    text = PICTURE.sub(lambda one: here if one["file"].endswith(picture) else one[0], text)
    where = rf"{folder}/\g<file>"
    if kata.own:  # the pictures are in the installed package, and the figures' programs nowhere
        text = FOR_AUTHORS.sub("", text)
        where = tr("`grader plot {number}` draws it", number=stage.number)
    described = tr("Picture ({where}): {alt}.", where=where, alt=r"\g<alt>")
    folded = PICTURE.sub(f"> {described}", text)
    folded = HINT.sub("", folded)
    advice = tr("`grader hint {number}` shows one more hint each time.", number=stage.number)
    return re.sub(rf"(## (?:{HINTS}|{tr(HINTS)}))\s+", rf"\1\n\n{advice}\n\n", folded)


def page_text(kata: Kata, name: str) -> str:
    """Return one of `PAGES` as Markdown.

    Raises:
        UsageError: if it isn't in this edition.
    """
    path = kata.closing_lesson if name in CLOSING else kata.page(name)
    try:
        text = _read(translated(path))
        return FOR_AUTHORS.sub("", text) if kata.own else text
    except OSError:
        words = tr("the page {name} is not in this edition of the kata", name=name)
        raise UsageError(words) from None


def _read(path: Path) -> str:
    return FOLLOWS.sub("", path.read_text(encoding="utf-8"))


def why_so(kata: Kata, stage: Stage) -> str:
    """Return what a lesson says about why the reference is written as it is, on one line.

    Empty if the stage has no code.

    Raises:
        UsageError: if the lesson's file is missing.
    """
    why = rf"^## (?:{WHY}|{tr(WHY)})\n(?P<text>.*?)^## "
    found = re.search(why, lesson_text(kata, stage), re.MULTILINE | re.DOTALL)
    return " ".join(found["text"].split()) if found else ""
