"""The language that a person reads: English, or one of the translations in `grader/locale`.

Messages are written in English, inside `tr(...)`, which looks up the translation. If one is
missing, the whole sentence stays English. The environment variable `LANGUAGE` holds the choice, as
in other programs that use gettext, so that processes started later make the same one.
"""

import gettext
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Self

ENGLISH = "en"
LOCALES = Path(__file__).resolve().parent / "locale"
_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")  # gettext's order
_EDGE = "\ue000"  # marks where a value begins and ends, in text that is being made
_HAN, _HALF_WIDTH = "\u4e00-\u9fff", "!-~√"
_WITHOUT_SPACE = re.compile(  # Chinese beside Latin letters, where a value begins or ends
    f"(?<=[{_HAN}]){_EDGE}+(?=[{_HALF_WIDTH}])|(?<=[{_HALF_WIDTH}]){_EDGE}+(?=[{_HAN}])"
)


class Words(str):
    """A message in the reader's language, which remembers its English."""

    english: str
    whole: bool  # whether it is translated, and everything in it, too

    @classmethod
    def of(cls, text: str, english: str, whole: bool) -> Self:
        words = cls(text)
        words.english, words.whole = english, whole
        return words


def tr(message: str, **values: object) -> Words:
    """Return a message in the reader's language, with values for its `{names}`.

    A value may itself come from `tr`. If either the message or such a value isn't translated, all
    of it stays English, because half a sentence in each language helps nobody.
    """
    return _filled(message, _catalogue(language()).gettext(message), values)


def tr_n(one: str, many: str, count: int, **values: object) -> Words:
    """Return the form of a message that suits `count`, which also fills its `{count}`."""
    english = one if count == 1 else many
    found = _catalogue(language()).ngettext(one, many, count)
    return _filled(english, found, {"count": count, **values})


def joined(items: Iterable[str]) -> str:
    """Write one or more items as `a and b`."""
    first, *others = items
    for one in others:
        first = tr("{one} and {other}", one=first, other=one)
    return first


def in_a_row(items: Iterable[str]) -> str:
    """Write one or more items as `a, b, c`."""
    first, *others = items
    for one in others:
        first = tr("{some}, {next}", some=first, next=one)
    return first


def in_english(words: str) -> str:
    """Return the English of words in the reader's language, by which code tells them apart."""
    return words.english if isinstance(words, Words) else words


def mark(message: str) -> str:
    """Mark a message that is translated later, where it is shown."""
    return message


def _filled(english: str, found: str, values: dict[str, object]) -> Words:
    parts = [value for value in values.values() if isinstance(value, Words)]
    whole = bool(found) and all(part.whole for part in parts)
    if values:
        originals = {
            name: in_english(value) if isinstance(value, str) else value
            for name, value in values.items()
        }
        found = _spaced(_Edged().format(found, **values)) if whole else ""
        english = english.format(**originals)
    return Words.of(found if whole else english, english, whole)


class _Nothing(gettext.NullTranslations):
    """Translates nothing; a message that is the same in both languages is another matter."""

    def gettext(self, message: str) -> str:
        return ""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return ""


class _Edged(Formatter):
    """Fills in values, and marks their edges."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        return f"{_EDGE}{super().format_field(value, format_spec)}{_EDGE}"


def _spaced(text: str) -> str:
    """Separate Chinese from Latin letters and digits by a space, where a value meets a message."""
    return _WITHOUT_SPACE.sub(" ", text).replace(_EDGE, "")


def languages() -> list[str]:
    """Return the languages that there are, English first."""
    return [ENGLISH, *sorted(path.name for path in LOCALES.glob("*") if path.is_dir())]


def language() -> str:
    """Return the language chosen by `--lang`, the kata's folder or the environment."""
    return _first_known(tuple(os.environ.get(name, "") for name in _VARIABLES))


def choose(wanted: str) -> None:
    """Use a language from now on, in this process and those that it starts."""
    os.environ["LANGUAGE"] = wanted


@contextmanager
def reading(wanted: str) -> Iterator[None]:
    """Use a language in the block, for text that others read."""
    before = os.environ.get("LANGUAGE")
    choose(wanted)
    try:
        yield
    finally:
        if before is None:
            del os.environ["LANGUAGE"]
        else:
            choose(before)


def translated(page: Path) -> Path:
    """Return the page in the reader's language that belongs to an English page, if there is one.

    `lessons/s09_rms_norm.md` belongs to `lessons/zh/s09_rms_norm.md`.
    """
    other = page.parent / language() / page.name
    return other if other.is_file() else page


@cache
def _first_known(settings: tuple[str, ...]) -> str:
    """Return the first language in settings like `zh_CN.UTF-8:en` that there is."""
    known = languages()
    for entry in ":".join(settings).split(":"):
        name = entry.partition(".")[0].partition("_")[0].lower()
        if name in known:
            return name
        if name in ("c", "posix"):
            return ENGLISH
    return ENGLISH


@cache
def _catalogue(name: str) -> gettext.NullTranslations:
    """Return all messages of a language, as if they were in one file."""
    found: gettext.NullTranslations = _Nothing()
    for path in sorted((LOCALES / name / "LC_MESSAGES").glob("*.mo")):
        with path.open("rb") as file:
            part = gettext.GNUTranslations(file)
        part.add_fallback(found)
        found = part
    return found
