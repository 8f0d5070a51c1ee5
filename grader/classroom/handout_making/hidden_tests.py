"""Remove the hidden tests from a suite's source, and whatever only they use."""

import ast
from collections.abc import Iterator

from grader.source_lines import first_line

WIDEST = 100  # columns of a line of code in this project


def without_hidden_tests(source: str) -> str:
    """Return the source of a suite without its hidden tests; everything else stays as written,
    including comments."""
    lines = source.split("\n")  # splitlines() also splits at form feeds, which Python does not
    statements = ast.parse(source).body
    nodes = [node for node in statements if not _is_hidden_test(node)]
    while unused := [node for node in nodes if _is_unused(node, nodes)]:
        nodes = [node for node in nodes if node not in unused]
    used = _used_in(nodes)
    kept: list[str] = []
    done = 0  # lines of the source already dealt with
    for node in statements:
        start, end = first_line(node, lines), node.end_lineno or node.lineno
        if node in nodes:
            kept += lines[done:start]
            kept += _with_names(node, used, lines[start:end])
        done = end
    return "\n".join(kept).strip() + "\n"


def _is_hidden_test(node: ast.stmt) -> bool:
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return any("hidden=True" in ast.unparse(one) for one in decorators)


def _is_unused(node: ast.stmt, nodes: list[ast.stmt]) -> bool:
    """Return whether no other node uses a helper, a constant or an import."""
    names = set(_defined_by(node))
    if not names or any(name.startswith("test_") for name in names):
        return False
    return not names & _used_in([other for other in nodes if other is not node])


def _defined_by(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (_bound_name(alias) for alias in node.names)
    elif isinstance(node, ast.Assign):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


def _used_in(nodes: list[ast.stmt]) -> set[str]:
    """Return the names that nodes read."""
    found = [one for node in nodes for one in ast.walk(node) if isinstance(one, ast.Name)]
    return {one.id for one in found if isinstance(one.ctx, ast.Load)}


def _bound_name(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _with_names(node: ast.stmt, used: set[str], written: list[str]) -> list[str]:
    """Return the lines of a statement; a `from` import keeps only the names that are used."""
    if not isinstance(node, ast.ImportFrom):
        return written
    names = [alias for alias in node.names if _bound_name(alias) in used]
    if len(names) == len(node.names):
        return written
    shown = [ast.unparse(alias) for alias in names]
    line = f"from {node.module} import {', '.join(shown)}"
    if len(line) <= WIDEST:
        return [line]
    return [f"from {node.module} import (", *(f"    {name}," for name in shown), ")"]
