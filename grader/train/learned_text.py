"""What a model learns from: its name in files, which is English, and in the reader's language."""

import re
from pathlib import Path

from grader.language import tr

LORA_TEXT = "one new answer, with LoRA"
_SENTENCES = "sentences"
_COUNT = re.compile(r"^[\d,]+ ")  # of rows, which changes when the learner edits the text
_SENTENCES_NAME = re.compile(r"(?P<count>[\d,]+) sentences")
_ROWS_NAME = re.compile(r"(?P<count>[\d,]+) rows of (?P<file>.+)", re.DOTALL)


def learned_from(text: Path | None) -> str:
    """Return the name of rows without their number: the kata's, or those of the learner's text."""
    return _SENTENCES if text is None else f"rows of {text.name}"


def without_count(text: str) -> str:
    """Return the name of rows without their number, as `learned_from` does."""
    return _COUNT.sub("", text)


def in_words(text: str) -> str:
    """Return the name of what a model learned from, in the reader's language."""
    if text == LORA_TEXT:
        return tr("one new answer, with LoRA")
    if found := _SENTENCES_NAME.fullmatch(text):
        return tr("{count} sentences", **found.groupdict())
    if found := _ROWS_NAME.fullmatch(text):
        return tr("{count} rows of {file}", **found.groupdict())
    return text
