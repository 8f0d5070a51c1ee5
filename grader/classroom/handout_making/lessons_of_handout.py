"""The lessons of a handout, in every language: without the passages that require the reference."""

import re
from pathlib import Path

from grader.handout.handout_file import INSTEAD_OF_SOLUTIONS
from grader.language import ENGLISH, languages, reading, tr, translated
from grader.learn.lesson import FOLLOWS

_NEEDS_REFERENCE = (
    re.compile(r"\s`grader (?:plot|compare)[^.]*\.(?=\s)"),  # a sentence
    re.compile(r"[^。\n]*`grader (?:plot|compare)[^。]*。"),  # the same in Chinese
    re.compile(r"\n*[^\n]*`python -m benchmarks\.lesson_figures[^\n]*"),
    FOLLOWS,
)
_TRACING = re.compile(r"^`grader answer --strict --trace` .*?(?=\n\n)", re.MULTILINE | re.DOTALL)


def write_lesson(page: Path, copy: Path) -> None:
    """Write a lesson into a handout, with all its translations."""
    for language in languages():
        with reading(language):
            source = translated(page)
            if language != ENGLISH and source == page:
                continue  # there is no such translation
            target = copy.parent / source.relative_to(page.parent)
            target.parent.mkdir(exist_ok=True)
            target.write_text(lesson_of(source.read_text(encoding="utf-8")), encoding="utf-8")


def lesson_of(text: str) -> str:
    """Return a lesson, in the language being read, without what requires the reference."""
    for passage in _NEEDS_REFERENCE:
        text = passage.sub("", text)
    return _TRACING.sub(tr(INSTEAD_OF_SOLUTIONS), text)
