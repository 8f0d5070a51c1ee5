"""Names of submissions: safe ones for files, comparable ones, and ones to show in a line."""

import unicodedata
from collections.abc import Iterable

_LONGEST_KEY = 80  # bytes, so that endings and numbers still fit into a file's name
_LONGEST_SHOWN = 120


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
    """Return a name as it is compared: letters, marks and digits in any script, without case, in
    one of Unicode's forms, with one space for whatever else stands between."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    spaced = "".join(char if _is_letter(char) else " " for char in folded)
    return " ".join(spaced.split())


def printable(text: str) -> str:
    """Return a name for a line of text: what cannot be seen is spelt out, what is long is cut."""
    shown = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )
    return shown if len(shown) <= _LONGEST_SHOWN else shown[: _LONGEST_SHOWN - 3] + "..."


def _safe(name: str) -> str:
    composed = unicodedata.normalize("NFKC", name)
    kept = "".join(char if _is_letter(char) or char in "-_." else "_" for char in composed)
    cut = kept.strip("-_.").encode()[:_LONGEST_KEY].decode(errors="ignore")
    return cut.rstrip("-_.") or "submission"


def _is_letter(char: str) -> bool:
    """Return whether a character is a letter, a mark on one, or a digit."""
    return unicodedata.category(char)[0] in "LMN"
