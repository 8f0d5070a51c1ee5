"""Text with characters that are two columns wide, as Chinese ones are."""

import re
from collections.abc import Iterator

from rich.cells import cell_len

WIDE = r"\u2e80-\ufaff\ufe30-\uffef"
OPENING, CLOSING = r"“‘（《", r"”’）》，。、：；？！…"
# A word or one wide character: no line ends after an opening mark, or begins with a closing one.
_UNIT = re.compile(rf"[{OPENING}]*(?:[^\s{WIDE}{OPENING}{CLOSING}]+|[{WIDE}])?[{CLOSING}]*|\s+|.")


def wrap_cells(line: str, width: int) -> list[str]:
    """Return a line as several of at most `width` columns, broken between words or wide characters.

    A word that is wider than that is cut.
    """
    lines = [""]
    for unit in _units(line, width):
        if cell_len(lines[-1]) + cell_len(unit) <= width:
            lines[-1] += unit
        else:
            lines.append(unit.lstrip())
    return [one.rstrip() for one in lines if one.strip()]


def _units(line: str, width: int) -> Iterator[str]:
    """Yield what a line consists of, each at most `width` columns wide."""
    for unit in filter(None, _UNIT.findall(line)):
        while cell_len(unit) > width:
            yield unit[: width // 2]
            unit = unit[width // 2 :]
        yield unit


def pad_cells(text: str, width: int) -> str:
    """Return text with spaces after it, so that it fills `width` columns."""
    return text + " " * (width - cell_len(text))
