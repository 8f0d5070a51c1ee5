"""A lesson as Markdown for a notebook: its pictures are inside, and its commands are magics."""

import base64
import re
from pathlib import Path

from grader.kata import Kata
from grader.language import mark, tr
from grader.learn.lesson import (
    CLOSING,
    FOR_AUTHORS,
    HINT,
    HINTS,
    PICTURE,
    page_text,
    read_lesson,
)
from grader.notebook.commands import in_notebook
from grader.stage import Stage

_CHECK = mark("Check it")  # a heading
_LIKE_A_LIST = re.compile(r"(?<=\n)[ ]*\d+(?=\.\n)")  # JupyterLab takes the end "42." for one
_LINK = re.compile(r"(?<!!)\[(?P<words>[^\]]+)\]\((?!https?:)[^)]*\)")  # to another file


def lesson_for_notebook(kata: Kata, stage: Stage, with_pictures: bool = True) -> str:
    """Return a stage's lesson, without the hints and the commands that check it.

    Args:
        with_pictures: contain the pictures; otherwise, only describe them.

    Raises:
        UsageError: if the lesson's file is missing.
    """
    text = HINT.sub("", read_lesson(kata, stage))
    text = re.sub(rf"^{_heading(HINTS)}\n\s*", "", text, flags=re.M)
    check = rf"^{_heading(_CHECK)}\n+```bash\n.*?```\n+"
    return _for_notebook(re.sub(check, "", text, flags=re.M | re.S), kata, with_pictures)


def _heading(english: str) -> str:
    """Return a pattern for a heading of a page that may not be translated."""
    return f"## (?:{english}|{tr(english)})"


def closing_for_notebook(kata: Kata) -> str:
    """Return the closing lesson.

    Raises:
        UsageError: if it isn't in this edition.
    """
    return _for_notebook(page_text(kata, CLOSING[0]), kata, with_pictures=True)


def _for_notebook(lesson: str, kata: Kata, with_pictures: bool) -> str:
    text = FOR_AUTHORS.sub("", lesson)
    text = _LINK.sub(r"\g<words>", re.sub(r"\n{3,}", "\n\n", text))
    if with_pictures:
        folder = kata.closing_lesson.parent / "pictures"
        text = PICTURE.sub(lambda found: _embedded(folder, found), text)
    else:
        described = tr("Picture: {alt}.", alt=r"\g<alt>")
        text = PICTURE.sub(f"> {described}", text)
    return in_notebook(_LIKE_A_LIST.sub(r"\g<0>\\", text)).strip()


def as_data(picture: bytes, kind: str) -> str:
    """Return a picture as an address that contains it."""
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def _embedded(folder: Path, found: re.Match[str]) -> str:
    """Return Markdown for a picture; if its file is missing, its description."""
    try:
        picture = (folder / Path(found["file"]).name).read_bytes()
    except OSError:
        return f"*{found['alt']}*"
    return f"![{found['alt']}]({as_data(picture, 'svg+xml')})"
