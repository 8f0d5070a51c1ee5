"""Print the two sources line by line, and mark what differs.

Docstrings, imports and blank lines are left out; comments are shown but not compared. The sources
are side by side if the terminal is wide enough, or else one below the other.
"""

import ast
import io
import re
import textwrap
import tokenize
from difflib import ndiff
from itertools import groupby, zip_longest
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.kata import Kata
from grader.language import tr
from grader.report.wide_text import wrap_cells
from grader.source_lines import first_line
from grader.stage import Stage

SAME, CHANGED, YOURS, REFERENCE = " ", "|", "<", ">"
# ndiff's tags: two similar lines, with a line of marks below one or both, or a single line.
_STEP = re.compile(r"-\?\+\??|-\+\?|.")
WIDE = 100  # columns that two sources need side by side
WIDEST = 160
STYLES = {SAME: "", CHANGED: "yellow", YOURS: "red", REFERENCE: "green"}


class Line(NamedTuple):
    """A line of the file, and the same line without its comment."""

    shown: str
    code: str


NOTHING = Line("", "")


class Pair(NamedTuple):
    """Two lines side by side; a missing one is empty."""

    mark: str
    yours: str
    reference: str


def print_sources(console: Console, kata: Kata, stage: Stage) -> None:
    """Print the learner's source and the reference's, with marks where they differ."""
    yours = kata.exercise(stage).read_text(encoding="utf-8-sig", errors="replace")
    reference = kata.solution(stage).read_text(encoding="utf-8")
    try:
        blocks = paired(yours, reference)
    except (SyntaxError, ValueError):
        words = tr(
            "{file} is not valid Python, so here is the reference alone:",
            file=kata.shown(kata.exercise(stage)),
        )
        console.print(words)
        blocks = paired("", reference)
    side_by_side = console.is_terminal and console.width >= WIDE
    legend = tr("Sources: - yours, + the reference")
    if side_by_side:
        legend = tr("Sources: | differs, < only yours, > only the reference's")
    console.print(legend)
    console.print(tr("Imports and docstrings are left out, and comments are not compared."))
    console.print()
    if side_by_side:
        _print_side_by_side(console, [Pair(SAME, tr("yours"), tr("the reference"))])
    print_pairs = _print_side_by_side if side_by_side else _print_below
    for pairs in blocks.values():
        print_pairs(console, pairs)
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
    """Wrap a line that is too long, first before its comment, and indent the rest."""
    if cell_len(line) <= width:
        return line
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    code, sign, comment = line.partition("  # ")
    pieces = _broken(code, width, indent, on_hyphens=False)
    if sign:
        pieces += _broken(f"{indent}# {comment}", width, indent, on_hyphens=True)
    return "\n".join(pieces)


def _broken(text: str, width: int, indent: str, on_hyphens: bool) -> list[str]:
    """Break text between words or wide characters, and indent all lines but the first."""
    if cell_len(text) == len(text):
        return textwrap.wrap(text, width, subsequent_indent=indent, break_on_hyphens=on_hyphens)
    first, *rest = wrap_cells(text, width - len(indent))
    return [first, *(f"{indent}{line}" for line in rest)]


def _print_below(console: Console, pairs: list[Pair]) -> None:
    """Print each run of changed lines twice: first the learner's, then the reference's."""
    for same, run in groupby(pairs, key=lambda pair: pair.mark == SAME):
        lines = list(run)
        if same:
            marked = [(" ", SAME, pair.reference or pair.yours) for pair in lines]
        else:
            marked = [("-", YOURS, pair.yours) for pair in lines if pair.yours]
            marked += [("+", REFERENCE, pair.reference) for pair in lines if pair.reference]
        for sign, mark, line in marked:
            # Only a terminal needs long lines wrapped.
            pieces = _wrapped(line, console.width - 2) if console.is_terminal else line
            for piece in pieces.splitlines():
                console.print(Text(f"{sign} {piece}", style=STYLES[mark]))


def paired(yours: str, reference: str) -> dict[str, list[Pair]]:
    """Return the paired lines of two sources by the name they define, the reference's first."""
    mine, theirs = definitions(yours), definitions(reference)
    names = list(theirs) + [name for name in mine if name not in theirs]
    return {name: _pairs(mine.get(name, []), theirs.get(name, [])) for name in names}


def definitions(text: str) -> dict[str, list[Line]]:
    """Return the lines of a source's top-level statements, by the name that each defines."""
    tree, lines = ast.parse(text), text.split("\n")  # splitlines() also splits at form feeds
    left_out = _docstring_lines(tree, lines)
    shown = ["" if index in left_out else line.rstrip() for index, line in enumerate(lines)]
    code = list(shown)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            code[row - 1] = code[row - 1][:column].rstrip()
    found: dict[str, list[Line]] = {}
    for node in tree.body:
        own = slice(first_line(node, lines), node.end_lineno)
        kept = [Line(*both) for both in zip(shown[own], code[own], strict=True) if both[0]]
        if kept and not isinstance(node, (ast.Import, ast.ImportFrom)):
            found.setdefault(_name(node), []).extend(kept)
    return found


def _docstring_lines(tree: ast.Module, lines: list[str]) -> set[int]:
    """Return the indices of the lines that contain only a docstring."""
    found: set[int] = set()
    for node in ast.walk(tree):
        match getattr(node, "body", None):
            case [ast.Expr(value=ast.Constant(value=str())) as docstring, *_]:
                index = docstring.lineno - 1
                if not lines[index][: docstring.col_offset].strip():  # not on the `def` line
                    found.update(range(index, docstring.end_lineno or docstring.lineno))
    return found


def _name(node: ast.stmt) -> str:
    targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
    named = targets[0].id if isinstance(targets[0], ast.Name) else ""
    return str(getattr(node, "name", named))


def _pairs(mine: list[Line], theirs: list[Line]) -> list[Pair]:
    """Pair equal lines, then similar lines, then the rest between them in order."""
    compared = ndiff([line.code for line in mine], [line.code for line in theirs], charjunk=None)
    tags = "".join(line[0] for line in compared)
    left, right = iter(mine), iter(theirs)
    steps = [
        (next(left) if step != "+" else NOTHING, next(right) if step != "-" else NOTHING)
        for step in _STEP.findall(tags)
    ]
    pairs: list[Pair] = []
    for alone, run in groupby(steps, key=lambda step: _mark(*step) in (YOURS, REFERENCE)):
        both = list(run)
        if alone:
            yours = [one for one, _ in both if one.shown]
            reference = [other for _, other in both if other.shown]
            both = list(zip_longest(yours, reference, fillvalue=NOTHING))
        pairs += [Pair(_mark(one, other), one.shown, other.shown) for one, other in both]
    return pairs


def _mark(one: Line, other: Line) -> str:
    if one.code == other.code:
        return SAME
    if one.shown and other.shown:
        return CHANGED
    return YOURS if one.shown else REFERENCE
