"""The two sources line by line: what is the same, and what is not.

Docstrings, imports and blank lines are left out; comments are shown, but do not count. Both stand
side by side where there is room, else one below the other.
"""

import ast
import io
import re
import textwrap
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import ndiff
from itertools import groupby, zip_longest

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.kata import Kata
from grader.stage import Stage

SAME, CHANGED, YOURS, REFERENCE = " ", "|", "<", ">"
_SIMILAR = re.compile(r"-\?\+\??|-\+\?")  # as ndiff tags them
WIDE = 100  # columns from which on two sources fit side by side
WIDEST = 160
STYLES = {SAME: "", CHANGED: "yellow", YOURS: "red", REFERENCE: "green"}


@dataclass(frozen=True)
class Line:
    """One line as it stands in the file, and the code in it."""

    shown: str
    code: str


@dataclass(frozen=True)
class Pair:
    """Two lines side by side; an absent one is empty."""

    mark: str
    yours: str
    reference: str


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


def paired(yours: str, reference: str) -> dict[str, list[Pair]]:
    """Pair the lines of what two sources define, name by name: first what the reference defines.

    Raises:
        SyntaxError: when one of them is no Python.
    """
    mine, theirs = definitions(yours), definitions(reference)
    names = list(theirs) + [name for name in mine if name not in theirs]
    return {name: _pairs(mine.get(name, []), theirs.get(name, [])) for name in names}


def definitions(text: str) -> dict[str, list[Line]]:
    """Give the lines of each top-level statement of a source under the name that it defines."""
    lines = text.splitlines()
    tree = ast.parse(text)
    comments = _comments(text)
    left_out = _docstring_lines(tree, lines)
    found: dict[str, list[Line]] = {}
    for node in tree.body:
        numbers = range(_first_line(node, lines), (node.end_lineno or node.lineno) + 1)
        kept = [number for number in numbers if number not in left_out]
        if not isinstance(node, (ast.Import, ast.ImportFrom)) and kept:
            of_name = found.setdefault(_name(node), [])
            shown = {number: lines[number - 1].rstrip() for number in kept}
            of_name += [
                Line(line, line[: comments.get(number)].rstrip())
                for number, line in shown.items()
                if line
            ]
    return found


def _comments(text: str) -> dict[int, int]:
    """Give the column where the comment of a line begins, for each line that has one."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {token.start[0]: token.start[1] for token in tokens if token.type == tokenize.COMMENT}


def _docstring_lines(tree: ast.Module, lines: list[str]) -> set[int]:
    """Give the numbers of the lines that hold a docstring and nothing else."""
    numbers: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list) or not body or not _is_docstring(body[0]):
            continue
        first, last = body[0].lineno, body[0].end_lineno
        if lines[first - 1][: body[0].col_offset].strip():
            continue  # on one line with the `def`
        numbers.update(range(first, last + 1))
    return numbers


def _is_docstring(node: ast.AST) -> bool:
    value = node.value if isinstance(node, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _first_line(node: ast.stmt, lines: list[str]) -> int:
    """Give the number of a statement's first line, with decorators and the comments right above."""
    decorators = getattr(node, "decorator_list", [])
    number = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    while number > 1 and lines[number - 2].startswith("#"):
        number -= 1
    return number


def _name(node: ast.stmt) -> str:
    targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
    named = targets[0].id if isinstance(targets[0], ast.Name) else ""
    return str(getattr(node, "name", named))


def _pairs(mine: list[Line], theirs: list[Line]) -> list[Pair]:
    """Pair lines of the same code, then similar lines, then what is left between those in order."""
    pairs: list[Pair] = []
    alone: tuple[list[Line], list[Line]] = ([], [])
    left, right = iter(mine), iter(theirs)
    for step in _steps([line.code for line in mine], [line.code for line in theirs]):
        one = next(left) if step != REFERENCE else None
        other = next(right) if step != YOURS else None
        if one and other or _is_comment(one or other):
            pairs += [*_drain(alone), _pair(one, other)]
        elif one:
            alone[0].append(one)
        elif other:
            alone[1].append(other)
    return pairs + _drain(alone)


def _is_comment(line: Line | None) -> bool:
    return line is not None and not line.code


def _steps(mine: list[str], theirs: list[str]) -> Iterator[str]:
    """Walk through both codes: a line of each that belong together, or a line of one."""
    tags = [line[0] for line in ndiff(mine, theirs, charjunk=None)]
    place = 0
    while place < len(tags):
        similar = _SIMILAR.match("".join(tags[place : place + 4]))
        if similar:  # one line of each, with a line of marks below one or both
            yield CHANGED
            place += similar.end()
            continue
        yield {"-": YOURS, "+": REFERENCE, " ": SAME}[tags[place]]
        place += 1


def _drain(alone: tuple[list[Line], list[Line]]) -> list[Pair]:
    pairs = [_pair(one, other) for one, other in zip_longest(*alone)]
    for lines in alone:
        lines.clear()
    return pairs


def _pair(one: Line | None, other: Line | None) -> Pair:
    mark = CHANGED if one and other else YOURS if one else REFERENCE
    if (one.code if one else "") == (other.code if other else ""):
        mark = SAME
    return Pair(mark, one.shown if one else "", other.shown if other else "")
