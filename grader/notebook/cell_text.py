"""Turn the text of a cell into a stage's file.

The first line of such a cell is `%%stage 9`. In the file, that line becomes one that contains what
the cell doesn't have: the docstring and the imports of the stub. So line numbers in verdicts,
commands and editors are those of the cell.
"""

import ast
from collections.abc import Sequence

from grader.kata import Kata
from grader.stage import Stage
from grader.stubs import is_stub, stub_for

_REMARK = "  # from a notebook: the lines are those of its cell"

_Import = ast.Import | ast.ImportFrom


def stage_text(stub: str, cell: str) -> str:
    """Return the text of a stage's file that contains a cell's text.

    Args:
        stub: the stage's stub, which has the docstring and the imports that the cell may lack.
        cell: the text below the cell's first line.
    """
    body = cell.rstrip() + "\n"
    try:
        written = ast.parse(body)
    except (SyntaxError, ValueError):  # the verdict says where
        return _first_line(_docstring_of(stub), []) + body
    has_docstring = ast.get_docstring(written) is not None
    docstring = "" if has_docstring else _docstring_of(stub)
    known = {name for node in _imports_in(written) for name in _names_of(node)}
    missing = [one for one in _imports_in(ast.parse(stub)) if not known.issuperset(_names_of(one))]
    # These come before all other code, so imports that are added follow them on the same line.
    leading = [*written.body[:has_docstring], *filter(_is_future, written.body)]
    if not leading:
        return _first_line(docstring, missing) + body
    return _first_line(docstring, []) + _inserted(body, leading[-1], missing)


def cell_text(text: str) -> str:
    """Return what to put into a cell so that it contains a stage's file: all but its docstring."""
    try:
        nodes = ast.parse(text).body
    except (SyntaxError, ValueError):
        return text.strip("\n")
    if text.split("\n")[0].endswith(_REMARK.strip()):  # came from a cell
        return text.partition("\n")[2].strip("\n")
    if nodes and ast.get_docstring(ast.Module(nodes[:1], [])) is not None:
        return "\n".join(text.split("\n")[nodes[0].end_lineno :]).strip("\n")
    return text.strip("\n")


def is_still_stub(kata: Kata, stage: Stage, cell: str) -> bool:
    """Return whether nothing has been written in a cell yet."""
    stub = cell_text(stub_for(kata, stage))
    return cell.strip() == stub.strip() or is_stub(stage, cell.strip() + "\n")


def _first_line(docstring: str, imports: Sequence[_Import]) -> str:
    code = "; ".join(filter(None, [docstring, *map(ast.unparse, imports)]))
    return (code + _REMARK).strip() + "\n"


def _inserted(body: str, after: ast.stmt, imports: Sequence[_Import]) -> str:
    """Return a text with imports added right after one of its statements, on the same line."""
    lines = body.split("\n")
    assert after.end_lineno is not None and after.end_col_offset is not None
    line = lines[after.end_lineno - 1].encode()
    added = "".join(f"; {ast.unparse(node)}" for node in imports).encode()
    whole = line[: after.end_col_offset] + added + line[after.end_col_offset :]
    lines[after.end_lineno - 1] = whole.decode()
    return "\n".join(lines)


def _docstring_of(stub: str) -> str:
    """Return the first line of a stub's docstring, as code."""
    first = (ast.get_docstring(ast.parse(stub)) or "").split("\n")[0]
    return f'"""{first}"""' if first else ""


def _imports_in(module: ast.Module) -> list[_Import]:
    found = [node for node in module.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    return [node for node in found if not _is_future(node)]


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _names_of(node: _Import) -> set[str]:
    """Return the names that an import defines."""
    return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
