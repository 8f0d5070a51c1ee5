"""Write known mistakes as a learner would submit them: as whole stage files."""

import ast
from collections.abc import Iterable, Iterator
from typing import TypeGuard

from grader.diagnosis import Mistake
from grader.kata import Kata
from grader.stage import Stage

_RIGHT, _WRONG = "_right", "_wrong"  # functions that keep equal names from colliding
# Replaces the imports that declare mistakes, because a submission doesn't import the grader.
_DECLARING = """
Mistake = object
def mistake(*declared, **more):
    return lambda wrong: wrong
worked_out = mistake
"""


def with_mistake(kata: Kata, stage: Stage, mistake: Mistake) -> str:
    """Return the text of the solution's file with a mistake in it.

    The mistake's function is included with the helpers, constants and imports it needs. If it uses
    right functions of its own stage, they are included too, unchanged.
    """
    solution = kata.solution(stage).read_text(encoding="utf-8")
    ((name, value),) = mistake.replaces.items()
    if not callable(value):
        return f"{solution}\n\n{name} = {value!r}\n"
    statements = ast.parse(kata.mistakes(stage).read_text(encoding="utf-8")).body
    needed = list(_needed_by(mistake.name, statements))
    own = [one for one in needed if _is_import(one, f"solutions.{stage.name}")]
    others = [one for one in needed if not _is_import(one, "grader.") and one not in own]
    used = [alias.name for one in own for alias in one.names]
    pieces = [solution]
    if own:
        pieces.append(_function(_RIGHT, [], ast.parse(solution).body, "locals()"))
    pieces.append(_function(_WRONG, used, [*ast.parse(_DECLARING).body, *others], mistake.name))
    arguments = ", ".join(f"{one}={_RIGHT}()[{one!r}]" for one in used)
    return "\n\n".join([*pieces, f"{name} = {_WRONG}({arguments})\n"])


def _needed_by(name: str, statements: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Return the statement that defines a name, and those it needs, in the order of the file."""
    makers = {made: one for one in statements for made in _names_made_by(one)}
    needed = {makers[name]}
    todo = [makers[name]]
    while todo:
        used = {node.id for node in ast.walk(todo.pop()) if isinstance(node, ast.Name)}
        found = {makers[name] for name in used & makers.keys()} - needed
        needed |= found
        todo += found
    return (one for one in statements if one in needed)


def _names_made_by(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.FunctionDef() | ast.ClassDef():
            return [statement.name]
        case ast.Import() | ast.ImportFrom():
            return [(alias.asname or alias.name).split(".")[0] for alias in statement.names]
        case ast.Assign():
            names = (node for target in statement.targets for node in ast.walk(target))
            return [node.id for node in names if isinstance(node, ast.Name)]
    return []


def _is_import(statement: ast.stmt, module: str) -> TypeGuard[ast.ImportFrom]:
    return isinstance(statement, ast.ImportFrom) and str(statement.module).startswith(module)


def _function(name: str, parameters: list[str], body: list[ast.stmt], gives: str) -> str:
    lines = "\n".join(ast.unparse(one) for one in body).splitlines()
    inside = "\n".join(f"    {line}" for line in lines)
    return f"def {name}({', '.join(parameters)}):\n{inside}\n    return {gives}"
