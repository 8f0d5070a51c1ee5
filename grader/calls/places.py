"""Find the expressions of a stage file whose values can be recorded, and change the file to do so.

Both sides number the nodes of the same text in the same order, so that a worker names an expression
by its number, and the grader finds the line and the text on its own.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

SEE, CALL = "_kata_see", "_kata_call"  # the functions that the changed file calls
_WORKED_OUT = (ast.BinOp, ast.UnaryOp, ast.Subscript, ast.Attribute, ast.IfExp, ast.ListComp)
_LOOK_AROUND = {
    "super",
    "locals",
    "vars",
    "dir",
    "eval",
    "exec",
}  # results depend on the caller
_LONGEST = 60  # characters of an expression


@dataclass(frozen=True)
class Place:
    """Where a value comes from: the line, and the expression as written there."""

    line: int
    text: str


@lru_cache(maxsize=16)
def places_of(text: bytes) -> dict[int, Place]:
    """Return the places of a file by number, with the first line of each statement.

    Raises: SyntaxError or ValueError if it isn't Python.
    """
    places, lines = {}, text.splitlines()
    for number, node in enumerate(ast.walk(ast.parse(text))):
        if isinstance(node, (ast.expr, ast.stmt)):
            written = _written(node, lines)
            shown = written if len(written) <= _LONGEST else written[: _LONGEST - 4] + " ..."
            places[number] = Place(node.lineno, shown)
    return places


def _written(node: ast.expr | ast.stmt, lines: Sequence[bytes]) -> str:
    """Return an expression as it is written, if it is on one line; else its first line at least."""
    if node.lineno == node.end_lineno and node.lineno <= len(lines):
        line = lines[node.lineno - 1]
        return line[node.col_offset : node.end_col_offset].decode(errors="replace")
    return ast.unparse(node).split("\n")[0]


def recording(text: bytes) -> ast.Module:
    """Return a file that passes what it computes to `SEE` and `CALL`, and is otherwise the same.

    Raises: the same as `places_of`.
    """
    tree = ast.parse(text)
    return ast.fix_missing_locations(_Recording(tree).generic_visit(tree))  # type: ignore[return-value]


class _Recording(ast.NodeTransformer):
    """Wraps expressions: `a @ b` becomes `_kata_see(7, a @ b)`."""

    def __init__(self, tree: ast.Module) -> None:
        self._numbers = {id(node): number for number, node in enumerate(ast.walk(tree))}

    def visit(self, node: ast.AST) -> Any:
        """Return what replaces a node: a node, or several for some statements."""
        number = self._numbers.get(id(node), -1)
        match node:
            case ast.pattern():
                return node
            case ast.FunctionDef() | ast.AsyncFunctionDef():  # without annotations and decorators
                node.body = [one for part in node.body for one in _as_list(self.visit(part))]
                return node
            case ast.AnnAssign(value=ast.expr() as value):
                node.value = self.visit(value)
                return node
            case ast.Return(value=ast.expr() as value):
                node.value = _handed(SEE, number, self.visit(value))
                return node
            case ast.JoinedStr():
                return _handed(SEE, number, node)
            case ast.Call():
                return self._call(number, node)
        names = list(_changed_names(node))
        changed: Any = self.generic_visit(node)
        if names:
            looks = [ast.Expr(_handed(SEE, number, ast.Name(one, ast.Load()))) for one in names]
            return [changed, *looks]
        is_read = isinstance(getattr(changed, "ctx", ast.Load()), ast.Load)
        return _handed(SEE, number, changed) if _is_worked_out(changed) and is_read else changed

    def _call(self, number: int, call: ast.Call) -> ast.expr:
        """Return an expression that makes a call and records its arguments and its result."""
        if isinstance(call.func, ast.Name) and call.func.id in _LOOK_AROUND:
            return call
        if isinstance(call.func, ast.Attribute):
            call.func.value = self.visit(call.func.value)
        elif not isinstance(call.func, ast.Name):
            call.func = self.visit(call.func)
        for part in call.keywords:
            part.value = self.visit(part.value)
        args = [self.visit(one) for one in call.args]
        return _handed(CALL, number, call.func, *args, keywords=call.keywords)


def _handed(
    to: str, number: int, *values: ast.expr, keywords: Sequence[ast.keyword] = ()
) -> ast.Call:
    arguments: list[ast.expr] = [ast.Constant(number), *values]
    return ast.Call(ast.Name(to, ast.Load()), arguments, list(keywords))


def _is_worked_out(node: ast.AST) -> bool:
    of_a_number = isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)
    return isinstance(node, _WORKED_OUT) and not of_a_number


def _changed_names(node: ast.AST) -> Iterator[str]:
    """Yield the names of what a statement changes in place: `x` of `x += 1`, `x[0] = 1` and
    `x.append(1)`."""
    match node:
        case ast.AugAssign(target=target):
            yield from _base_name(target)
        case ast.Assign(targets=targets):
            for target in targets:
                if isinstance(target, (ast.Subscript, ast.Attribute)):
                    yield from _base_name(target)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=target))):
            yield from _base_name(target)


def _base_name(target: ast.AST) -> Iterator[str]:
    while isinstance(target, (ast.Subscript, ast.Attribute)):
        target = target.value
    if isinstance(target, ast.Name):
        yield target.id


def _as_list(changed: Any) -> list[Any]:
    return changed if isinstance(changed, list) else [changed]
