"""Find the pictures in a failing test's message: two small tensors side by side, or a heat map.

`grader.suite.difference_picture` draws them in plain characters; a notebook has better means.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from grader.language import mark, tr

MARKS = ".-+#"  # those of `difference_picture`, which imports torch
EXPECTED, GOT, STARRED = mark("expected"), mark("got"), mark("got (* is wrong)")  # titles
_HEAT = re.compile(r"^ +(?P<legend>.+)[:：]\n +`\.` .*`-`.*`\+`.*`#`")  # and what the marks mean
_INDENTED = re.compile("^ ")
_MARKS = re.compile(r"^ +[.+#-]+$")


@dataclass(frozen=True)
class Lines:
    """Text whose spaces count."""

    text: str


@dataclass(frozen=True)
class Pair:
    """Two small tensors, row by row, and which of the cells on the right are wrong."""

    expected: list[list[str]]
    got: list[list[str]]
    wrong: list[list[bool]]


@dataclass(frozen=True)
class Heat:
    """A mark for every value or block: `.` is correct, `-`, `+` and `#` are increasingly wrong."""

    legend: str
    rows: list[str]


Part = Lines | Pair | Heat


def parts_of(message: str) -> list[Part]:
    """Return the parts of a message, in order; only the pictures are not text."""
    found: list[Part] = []
    text: list[str] = []
    lines = message.split("\n")
    at = 0
    while at < len(lines):
        picture, length = _picture_at(lines[at:])
        if picture is None:
            text.append(lines[at])
            at += 1
            continue
        found += [Lines("\n".join(text)), picture] if text else [picture]
        text, at = [], at + length
    return [*found, Lines("\n".join(text))] if any(text) else found


def _picture_at(lines: Sequence[str]) -> tuple[Part | None, int]:
    """Return the picture that the lines begin with, and how many of them it has."""
    if heat := _HEAT.match("\n".join(lines[:2])):
        rows = [line.strip() for line in _while(_MARKS, lines[2:])]
        return (Heat(heat["legend"], rows), 2 + len(rows)) if rows else (None, 0)
    got = _title(STARRED, GOT)
    if not (head := re.match(rf"^ +{_title(EXPECTED)}(?: +(?P<got>{got}))?$", lines[0])):
        return None, 0
    below = list(_while(_INDENTED, lines[1:]))
    if head["got"]:
        middle = cell_len(lines[0][: head.start("got")])
        left, right = [line[:middle] for line in below], [line[middle:] for line in below]
    else:  # one below the other
        middle = next((at for at, line in enumerate(below) if re.match(f"^ +{got}$", line)), 0)
        left, right = below[:middle], below[middle + 1 : 2 * middle + 1]
        below = below[: 2 * middle + 1]
    return _pair(list(map(str.split, left)), list(map(str.split, right))), 1 + len(below)


def _title(*titles: str) -> str:
    """Return a pattern for a title, in English or in the reader's language."""
    forms = [form for title in titles for form in (tr(title), title)]
    return f"(?:{'|'.join(map(re.escape, forms))})"


def _pair(expected: list[list[str]], got: list[list[str]]) -> Pair | None:
    if not expected or list(map(len, expected)) != list(map(len, got)):
        return None  # something else that begins alike
    starred = any(cell.endswith("*") for row in got for cell in row)
    wrong = [[cell.endswith("*") or not starred for cell in row] for row in got]
    return Pair(expected, [[cell.rstrip("*") for cell in row] for row in got], wrong)


def _while(pattern: re.Pattern[str], lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if not pattern.match(line):
            return
        yield line
