"""Where a statement begins in the lines of its source."""

import ast
from collections.abc import Sequence


def first_line(node: ast.stmt, lines: Sequence[str]) -> int:
    """Return the index of a statement's first line, its decorators and comments among it."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    index = min([node.lineno, *(one.lineno for one in decorators)]) - 1
    while index > 0 and lines[index - 1].startswith("#"):
        index -= 1
    return index
