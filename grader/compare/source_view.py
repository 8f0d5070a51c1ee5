"""Showing two sources: side by side where there is room, else one below the other."""

import textwrap
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.compare.source_pairs import CHANGED, REFERENCE, SAME, YOURS, Pair, paired
from grader.kata import Kata
from grader.stage import Stage

WIDE = 100  # columns from which on two sources fit side by side
WIDEST = 160
STYLES = {SAME: "", CHANGED: "yellow", YOURS: "red", REFERENCE: "green"}


def print_sources(console: Console, kata: Kata, stage: Stage) -> None:
    """Print the learner's source and the reference's, with marks where they differ."""
    yours = kata.exercise(stage).read_text(encoding="utf-8", errors="replace")
    reference = kata.solution(stage).read_text(encoding="utf-8")
    try:
        blocks = paired(yours, reference)
    except (SyntaxError, ValueError):
        console.print(f"{kata.shown(kata.exercise(stage))} is no Python; the reference alone:")
        blocks = paired("", reference)
    side_by_side = console.is_terminal and console.width >= WIDE
    legend = "| differs, < only yours, > only the reference's"
    console.print(f"Sources: {legend if side_by_side else '- yours, + the reference'}")
    console.print("Imports and docstrings are left out, and comments do not count.\n")
    if side_by_side:
        _print_side_by_side(console, [Pair(SAME, "yours", "the reference")])
    for pairs in blocks.values():
        if side_by_side:
            _print_side_by_side(console, pairs)
        else:
            _print_below(console, pairs)
        console.print()


def _print_side_by_side(console: Console, pairs: list[Pair]) -> None:
    width = (min(console.width, WIDEST) - 5) // 2
    table = Table.grid(padding=(0, 1, 0, 0))
    for column in (width, 1, width):
        table.add_column(width=column)
    for pair in pairs:
        style = STYLES[pair.mark]
        cells = [_wrapped(pair.yours, width), pair.mark, _wrapped(pair.reference, width)]
        table.add_row(*(Text(cell, style=style) for cell in cells))
    console.print(table, soft_wrap=False)


def _wrapped(line: str, width: int) -> str:
    """Break a line that is too long, in front of its comment first, and indent what is left."""
    if len(line) <= width:
        return line
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    code, sign, comment = line.partition("  # ")
    pieces = textwrap.wrap(code, width, subsequent_indent=indent, break_on_hyphens=False)
    if sign:
        pieces += textwrap.wrap(f"{indent}# {comment}", width, subsequent_indent=indent)
    return "\n".join(pieces)


def _print_below(console: Console, pairs: list[Pair]) -> None:
    """Print a run of changed lines first as they are in yours, then as in the reference."""
    for same, run in groupby(pairs, key=lambda pair: pair.mark == SAME):
        lines = list(run)
        if same:
            for pair in lines:
                _print_marked(console, " ", pair.reference or pair.yours, "")
            continue
        for pair in lines:
            if pair.mark != REFERENCE:
                _print_marked(console, "-", pair.yours, STYLES[YOURS])
        for pair in lines:
            if pair.mark != YOURS:
                _print_marked(console, "+", pair.reference, STYLES[REFERENCE])


def _print_marked(console: Console, mark: str, line: str, style: str) -> None:
    """Print a line behind its mark; only a terminal needs long lines broken."""
    pieces = _wrapped(line, console.width - 2) if console.is_terminal else line
    for piece in pieces.splitlines():
        console.print(Text(f"{mark} {piece}", style=style))
