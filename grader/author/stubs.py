"""Make the stubs in `exercises/` from the reference: `python -m grader.author.stubs`.

A stub is the solution without function bodies, private helpers and the values of graded constants.
Signatures, docstrings and imports stay, so the two cannot drift apart.
"""

import ast
from pathlib import Path

from grader.home import Kata, find_kata
from grader.stages import STAGES, Stage
from grader.student.stubs import unwritten_in


def stub_of(stage: Stage, solution: str) -> str:
    """Give the text of a stage's stub, made from the text of its solution."""
    constants = {constant.name for constant in stage.constants}
    lines = solution.splitlines()
    kept: list[str] = []
    done = 0  # lines of the solution already dealt with
    for node in ast.parse(solution).body:
        start, end = _first_line(node, lines), node.end_lineno or node.lineno
        kept += lines[done:start] if not _is_private(node) else []
        if isinstance(node, ast.FunctionDef) and not _is_private(node):
            kept += lines[start : _docstring_end(node)]
            kept.append(f'    raise NotImplementedError("{node.name} is not written yet")')
        elif isinstance(node, ast.AnnAssign) and _name(node) in constants:
            annotation = ast.unparse(node.annotation)
            kept += lines[start : node.lineno - 1]
            kept.append(f'{_name(node)}: {annotation} = ""  # write this one too')
        elif not _is_private(node):
            kept += lines[start:end]
        done = end
    text = "\n".join(kept).rstrip() + "\n"
    return text.replace("from solutions.", "from exercises.")


def stub_for(kata: Kata, stage: Stage) -> str:
    """Give the text of a stage's stub."""
    return stub_of(stage, kata.solution(stage).read_text(encoding="utf-8"))


def is_stub(stage: Stage, text: str) -> bool:
    """Tell whether a text is the stub of a stage, of this version of the kata or another one: all
    is unwritten, and there is no code in it to take out."""
    if set(unwritten_in(text)) != set(stage.names):
        return False
    try:
        return stub_of(stage, text) == text
    except (SyntaxError, ValueError, AssertionError):  # what is no stub may be anything
        return False


def write_stubs(kata: Kata, folder: Path) -> list[Path]:
    """Write every stage's stub into `folder`, and give the files."""
    written = []
    for stage in STAGES:
        if stage.has_code:
            path = folder / f"{stage.name}.py"
            path.write_text(stub_for(kata, stage), encoding="utf-8")
            written.append(path)
    return written


def _first_line(node: ast.stmt, lines: list[str]) -> int:
    """Give the index of a statement's first line, with the comments right above it."""
    index = node.lineno - 1
    while index > 0 and lines[index - 1].startswith("#"):
        index -= 1
    return index


def _is_private(node: ast.stmt) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name.startswith("_")


def _docstring_end(node: ast.FunctionDef) -> int:
    assert ast.get_docstring(node), f"{node.name} has no docstring"
    return node.body[0].end_lineno or node.body[0].lineno


def _name(node: ast.AnnAssign) -> str:
    return node.target.id if isinstance(node.target, ast.Name) else ""


if __name__ == "__main__":
    kata = find_kata()
    for path in write_stubs(kata, kata.exercises):
        print(kata.shown(path))
