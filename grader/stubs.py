"""Make stubs from solutions, and recognize them in a learner's files.

A stub is the solution without function bodies, private helpers and the values of graded constants.
Signatures, docstrings and imports stay, so that stubs and solutions can't drift apart. `python -m
grader.author.write_stubs` writes the stubs in `exercises/`.
"""

import ast
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from grader.kata import Kata
from grader.source_lines import first_line
from grader.stage import Stage

_UNWRITTEN = re.compile(
    r'raise NotImplementedError\("(\w+) is not written yet"\)|^(\w+): str = ""  # write',
    re.MULTILINE,
)


@lru_cache(maxsize=64)  # every save needs the stubs of all stages
def stub_of(stage: Stage, solution: str) -> str:
    """Return a stage's stub, made from the text of its solution."""
    constants = {constant.name for constant in stage.constants}
    lines = solution.split("\n")  # as ast counts lines; splitlines() also splits at form feeds
    kept: list[str] = []
    done = 0  # lines of the solution handled so far
    for node in ast.parse(solution).body:
        start, end = first_line(node, lines), node.end_lineno or node.lineno
        kept += lines[done:start] if not _is_private(node) else []
        if isinstance(node, ast.FunctionDef) and not _is_private(node):
            assert ast.get_docstring(node), f"{node.name} has no docstring"
            kept += lines[start : node.body[0].end_lineno]
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
    """Return a stage's stub: the handout's, or else the solution without its code.

    Raises:
        OSError: if the solution is missing.
        AssertionError: if a public function has no docstring.
    """
    if (handed_out := kata.stub(stage)).is_file():
        return handed_out.read_text(encoding="utf-8")
    stub = stub_of(stage, kata.solution(stage).read_text(encoding="utf-8"))
    if kata.own is None:
        return stub
    return stub.replace(
        f"Lesson: lessons/{stage.name}.md", f"Lesson: `grader lesson {stage.number}`"
    )


def is_stub(stage: Stage, text: str) -> bool:
    """Return whether a text is a stage's stub, from this version of the kata or another one.

    In a stub, nothing is written yet, and there is no code that `stub_of` would remove.
    """
    if set(unwritten_in(text)) != set(stage.names):
        return False
    try:
        nodes = ast.parse(text).body
        return all(_is_of_a_stub(node, stage) for node in nodes) and stub_of(stage, text) == text
    except (SyntaxError, ValueError, AssertionError, RecursionError, MemoryError):  # anything comes
        return False


def unwritten_names(files: Iterable[Path]) -> list[str]:
    """Return the functions and constants in some files that are still stubs, in order.

    Raises:
        OSError: if a file is missing.
    """
    texts = [file.read_text(encoding="utf-8-sig", errors="replace") for file in files]
    return [name for text in texts for name in unwritten_in(text)]


def unwritten_in(text: str) -> list[str]:
    """Return the functions and constants that are still stubs in the text of one file."""
    return [match[1] or match[2] for match in _UNWRITTEN.finditer(text)]


def _is_of_a_stub(node: ast.stmt, stage: Stage) -> bool:
    """Return whether stubs have statements like this one; anything else was added by someone."""
    if isinstance(node, ast.FunctionDef):
        return node.name in stage.names
    if isinstance(node, ast.AnnAssign):
        return _name(node) in stage.names
    if isinstance(node, ast.Assign):
        return isinstance(node.value, ast.Subscript)  # a name for a type, such as a cache's
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or isinstance(node, (ast.Import, ast.ImportFrom))


def _is_private(node: ast.stmt) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name.startswith("_")


def _name(node: ast.AnnAssign) -> str:
    return node.target.id if isinstance(node.target, ast.Name) else ""
