"""Find statements in the lines of their source."""

import ast
from collections.abc import Sequence


def first_line(node: ast.stmt, lines: Sequence[str]) -> int:
    """Return the index of a statement's first line, including its decorators and comments."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    index = min([node.lineno, *(one.lineno for one in decorators)]) - 1
    while index > 0 and lines[index - 1].startswith("#"):
        index -= 1
    return index


def lines_of_code(source: str) -> list[str]:
    """Return the lines of a stage's file that a learner writes.

    These are the bodies of its functions and its constants, without docstrings, comments and empty
    lines.
    """
    lines, code = source.splitlines(), []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            written = node.body[1:] if ast.get_docstring(node) is not None else node.body
        else:
            written = [node] if isinstance(node, ast.Assign | ast.AnnAssign) else []
        if written:
            code += lines[written[0].lineno - 1 : written[-1].end_lineno]
    return [line for line in code if line.strip() and not line.lstrip().startswith("#")]
