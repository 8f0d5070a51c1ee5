"""Compare a translated page with the English page it belongs to.

A page is a row of pieces: paragraphs, headings, lists, tables, code blocks. The last line of a
translated page, a comment, holds a short hash of every English piece that it was made from, so that
a piece whose English has changed since is found and named.
"""

import hashlib
import re
from itertools import groupby
from pathlib import Path

from grader.author.translated_numbers import number_differences
from grader.language import ENGLISH, languages
from grader.write_files import write_whole

RECORD = "<!-- English: {} -->"
_RECORD = re.compile(r"\n*<!-- English: (?P<hashes>[0-9a-f ]*) -->\n*\Z")
_DIGITS = 8  # of a hash; enough for the pieces of one page
_KINDS = {"#": "heading", "|": "table", "```": "code", "![": "picture", "<": "HTML"}
_CODE_SPAN = re.compile(r"``.+?``|`[^`\n]+`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HAN = r"\u4e00-\u9fff"
_MARKS = r"，。；：？！、”）"
_WRONG_MARKS = re.compile(
    rf"[{_HAN}][,;:?!]|[,;:?!][{_HAN}]|[{_HAN}] [{_HAN}]"  # half-width; a space between
    rf"|(?<=[^\s|.>-]) [“（{_MARKS}]|[“（{_MARKS}] (?!\|)"  # a space beside a full-width mark
)

_BOLD = re.compile(r"\*\*[^*]+\*\*.?")
_UNENDED = re.compile(rf"[{_MARKS}]\*\*\w")


def pieces_of(text: str) -> list[str]:
    """Return the pieces of a page; a code block is one piece, even with empty lines in it."""
    lines = _RECORD.sub("\n", text).splitlines()
    fenced = False
    marked = []
    for line in lines:
        marked.append((bool(line.strip()) or fenced, line))
        fenced ^= line.startswith("```")
    groups = groupby(marked, key=lambda one: one[0])
    return ["\n".join(line for _, line in some) for is_piece, some in groups if is_piece]


def page_problems(english: Path, page: Path, shown: str) -> list[str]:
    """Return what is missing, stale, or different in a translated page, `shown` by this name."""
    if not page.is_file():
        return [f"{shown} is missing: it translates {english.name}"]
    text = page.read_text(encoding="utf-8")
    text = text.replace(f"]({english.name})", f"]({page.name})")  # each may lead to the other
    originals, pieces = pieces_of(english.read_text(encoding="utf-8")), pieces_of(text)
    recorded = _RECORD.search(text)
    made_from = recorded["hashes"].split() if recorded else []
    hashes = [_hash(piece) for piece in originals]
    adapt = f"adapt it, then `python -m grader.author.translations {shown}`"
    if stale := [
        one for one, hashed in zip(originals, hashes, strict=True) if hashed not in made_from
    ]:
        return [f"{shown} is stale: {adapt}. The English is now:\n{one}" for one in stale]
    if hashes != made_from:
        return [f"{shown}: pieces of the English were moved or taken out: {adapt}"]
    if len(pieces) != len(originals):
        return [f"{shown} has {len(pieces)} pieces, and the English page has {len(originals)}"]
    return [
        f"{shown}: {problem} in:\n{piece}"
        for original, piece in zip(originals, pieces, strict=True)
        for problem in _differences(original, piece)
    ]


def record(page: Path) -> None:
    """Record in a translated page which English it follows."""
    pieces = pieces_of(english_of(page).read_text(encoding="utf-8"))
    text = _RECORD.sub("\n", page.read_text(encoding="utf-8")).rstrip()
    comment = RECORD.format(" ".join(map(_hash, pieces)))
    write_whole(page, f"{text}\n\n{comment}\n")


def english_of(page: Path) -> Path:
    """Return the English page that a translated page belongs to."""
    name, language, ending = page.name.rsplit(".", 2) if page.name.count(".") > 1 else ("", "", "")
    if language in languages():  # README.zh.md
        return page.with_name(f"{name}.{ending}")
    assert page.parent.name in languages() and page.parent.name != ENGLISH, page
    return page.parent.parent / page.name


def _hash(piece: str) -> str:
    return hashlib.sha256(" ".join(piece.split()).encode()).hexdigest()[:_DIGITS]


def _differences(english: str, piece: str) -> list[str]:
    """Return how a translated piece differs from the English where it must not."""
    problems = []
    if _kind(english) != _kind(piece):
        problems.append(f"a {_kind(piece)} stands for a {_kind(english)}")
    if "```" in piece:
        return problems
    english = re.sub(r"\n *", " ", english)
    for what, pattern in (("code", _CODE_SPAN), ("a link", _LINK)):
        theirs, ours = (set(map(_name, pattern.findall(text))) for text in (english, piece))
        problems += [f"{what} is missing, {one}," for one in sorted(theirs - ours)]
        problems += [f"{what} was added, {one}," for one in sorted(ours - theirs)]
    problems += number_differences(_words(english), _words(piece))
    bold = (one[0] for one in _BOLD.finditer(piece) if _UNENDED.search(one[0]))
    problems += [f"Markdown doesn't end bold text like this: {one}" for one in bold]
    if wrong := _WRONG_MARKS.search(_words(piece)):
        problems.append(f"punctuation or a space is wrong at {wrong[0]!r}")
    return problems


def _words(piece: str) -> str:
    """Return a piece without its code and addresses."""
    return _CODE_SPAN.sub("`", _LINK.sub("]", piece))


def _name(address: str) -> str:
    """Return what a link leads to, without the folders on the way to it and its heading."""
    return address if "://" in address else address.partition("#")[0].rsplit("/", 1)[-1]


def _kind(piece: str) -> str:
    return next((kind for start, kind in _KINDS.items() if piece.startswith(start)), "paragraph")
