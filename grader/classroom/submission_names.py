"""Names of submissions: safe for files, comparable, and printable on one line."""

import unicodedata
from collections.abc import Iterable

import regex

from grader.report.plain_text import spelled_out

_LONGEST_KEY = 80  # bytes, so that endings and numbers still fit into a file name
_LONGEST_SHOWN = 120
_IGNORABLE = regex.compile(r"\p{Default_Ignorable_Code_Point}")
_NOT_IN_KEYS = regex.compile(r"[^\p{L}\p{M}\p{N}._-]")
_NO_LETTERS = regex.compile(r"[^\p{L}\p{M}\p{N}]")


def distinct_keys(names: Iterable[str]) -> list[str]:
    """Return a safe key for each name, in order.

    No file system considers two of them the same, however it treats case and Unicode forms.
    """
    keys: list[str] = []
    taken: set[str] = set()
    for name in names:
        plain = key = safe_key(name)
        number = 1
        while key.casefold() in taken:
            number += 1
            key = f"{plain}-{number}"
        taken.add(key.casefold())
        keys.append(key)
    return keys


def words_of(text: str) -> str:
    """Return a name in the form in which names are compared.

    It keeps letters, marks and digits of any script, without case or invisible characters, in one
    Unicode form; everything else between them becomes one space.
    """
    seen = _IGNORABLE.sub("", text)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    spaced = _NO_LETTERS.sub(" ", folded)
    return " ".join(spaced.split())


def listed(names: Iterable[str]) -> str:
    """Return names in a row; semicolons separate them if one of them has a comma."""
    several = list(names)
    return ("; " if any("," in name for name in several) else ", ").join(several)


def printable(text: str) -> str:
    """Return a name to print on a line: invisible characters spelled out, long names cut."""
    shown = spelled_out(text)
    return shown if len(shown) <= _LONGEST_SHOWN else shown[: _LONGEST_SHOWN - 3] + "..."


def safe_key(name: str) -> str:
    """Return a name with letters, digits, `.`, `_` and `-` alone, short enough for a file's."""
    composed = unicodedata.normalize("NFKC", _IGNORABLE.sub("_", name))
    kept = _NOT_IN_KEYS.sub("_", composed)
    cut = kept.strip("-_.").encode()[:_LONGEST_KEY].decode(errors="ignore")
    return cut.rstrip("-_.") or "submission"
