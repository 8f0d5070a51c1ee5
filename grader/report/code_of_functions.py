"""Find the parts of a learner's file that some of its functions need."""

import ast
from collections.abc import Collection, Iterator, Sequence

from grader.source_lines import first_line


def code_of(text: str, names: Collection[str], left_out: Collection[str] = ()) -> str:
    """Return the source of functions (without docstrings) and constants of a file.

    The imports, helpers and constants of the file that they use are included, in the file's order.
    The result is '' if the file isn't valid Python.

    Args:
        names: the functions and constants.
        left_out: names that are left out even if they are used.
    """
    try:
        statements = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError):
        return ""
    wanted, kept = set(names), set[int]()
    for _ in statements:  # each round adds what the last one uses
        for at, statement in enumerate(statements):
            if at not in kept and wanted.intersection(_bound(statement)):
                kept.add(at)
                wanted |= set(_used(statement)).difference(left_out)
    lines = text.split("\n")  # as ast counts; splitlines() also splits at form feeds
    pieces = []
    for at in sorted(kept):
        pieces.append(_source(statements[at], lines))
    return _joined(pieces)


def _source(statement: ast.stmt, lines: Sequence[str]) -> str:
    """Return a statement's source; a function or class gets the line numbers that messages use, as
    comments."""
    start, end = first_line(statement, lines), statement.end_lineno
    if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return "\n".join(lines[start:end]).rstrip()
    shown, docstring = [f"# line {start + 1}"], _docstring(statement)
    for row, line in enumerate(lines[start:end], start):
        if row not in docstring:
            shown.append(line)
        elif row == docstring[-1]:
            shown.append(f"    # line {row + 2}")
    return "\n".join(shown).rstrip()


def _docstring(statement: ast.stmt) -> range:
    """Return the rows of a function's docstring, which says the same as the kata's own."""
    if isinstance(statement, ast.FunctionDef) and ast.get_docstring(statement, clean=False):
        first, *rest = statement.body
        if rest and statement.lineno < first.lineno and (first.end_lineno or 0) < rest[0].lineno:
            return range(first.lineno - 1, first.end_lineno or first.lineno)
    return range(0)


def _joined(pieces: list[str]) -> str:
    """Join pieces, with blank lines around those of several lines."""
    text = ""
    for before, piece in zip(["", *pieces], pieces, strict=False):
        apart = "\n\n" if "\n" in before + piece else "\n"
        text += (apart if before else "") + piece
    return text


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement defines."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.alias):
            yield node.asname or node.name.split(".")[0]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _used(statement: ast.stmt) -> Iterator[str]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            yield node.id
