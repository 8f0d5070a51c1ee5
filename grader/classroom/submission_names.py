"""Names of submissions: safe ones for files, comparable ones, and ones to show in a line."""

import unicodedata
from collections.abc import Iterable

import regex

from grader.report.plain_text import spelled_out

_LONGEST_KEY = 80  # bytes, so that endings and numbers still fit into a file's name
_LONGEST_SHOWN = 120
_IGNORABLE = regex.compile(r"\p{Default_Ignorable_Code_Point}")
_NOT_IN_KEYS = regex.compile(r"[^\p{L}\p{M}\p{N}._-]")
_NO_LETTERS = regex.compile(r"[^\p{L}\p{M}\p{N}]")


def distinct_keys(names: Iterable[str]) -> list[str]:
    """Return a safe key for each name, in order; no two are the same to any file system, whatever
    it makes of case and of Unicode's forms."""
    keys: list[str] = []
    taken: set[str] = set()
    for name in names:
        plain = key = _safe(name)
        number = 1
        while key.casefold() in taken:
            number += 1
            key = f"{plain}-{number}"
        taken.add(key.casefold())
        keys.append(key)
    return keys


def words_of(text: str) -> str:
    """Return a name as it is compared: letters, marks and digits in any script, without case and
    what can't be seen, in one of Unicode's forms, with one space for whatever else stands between.
    """
    seen = _IGNORABLE.sub("", text)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    spaced = _NO_LETTERS.sub(" ", folded)
    return " ".join(spaced.split())


def printable(text: str) -> str:
    """Return a name for a line of text: what can't be seen is spelled out, what is long is cut."""
    shown = spelled_out(text)
    return shown if len(shown) <= _LONGEST_SHOWN else shown[: _LONGEST_SHOWN - 3] + "..."


def _safe(name: str) -> str:
    composed = unicodedata.normalize("NFKC", _IGNORABLE.sub("_", name))
    kept = _NOT_IN_KEYS.sub("_", composed)
    cut = kept.strip("-_.").encode()[:_LONGEST_KEY].decode(errors="ignore")
    return cut.rstrip("-_.") or "submission"
