"""The files of a stage: all there, the stub made from the solution, the table in step with both."""

import ast

from grader.kata import Kata
from grader.stage import Stage
from grader.stubs import is_stub, stub_for

_SMALLEST = 100  # bytes; a file with less in it has only been begun


def missing_files(kata: Kata, stage: Stage) -> list[str]:
    """Name the files that a stage lacks: five, or two where nothing is written."""
    wanted = {kata.lesson(stage): "write the lesson", kata.suite(stage): "write the suite"}
    if stage.has_code:
        wanted |= {
            kata.solution(stage): "write the reference",
            kata.exercise(stage): "`python -m grader.author.write_stubs` writes the stub",
            kata.mistakes(stage): "write the known mistakes",
        }
    small = [path for path in wanted if not path.is_file() or path.stat().st_size < _SMALLEST]
    return [f"{kata.shown(path)} is missing or empty: {wanted[path]}" for path in small]


def stub_problems(kata: Kata, stage: Stage) -> list[str]:
    """Hold the stub equal to the solution with its code taken out."""
    stub = kata.exercise(stage)
    text = stub.read_text(encoding="utf-8")
    if text == stub_for(kata, stage):
        return []
    mend = "`python -m grader.author.write_stubs` writes it"
    if not is_stub(stage, text):
        mend = f"`grader reset {stage.number}` puts the stub there and keeps this text beside it"
    solution = kata.shown(kata.solution(stage))
    return [f"{kata.shown(stub)} is not {solution} with its code taken out: {mend}"]


def table_problems(kata: Kata, stage: Stage) -> list[str]:
    """Hold the row of the stage table against the solution: its functions, and what it imports."""
    path = kata.solution(stage)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    problems = []
    public = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    names = {node.name for node in public if not node.name.startswith("_")}
    if names != (row := {function.name for function in stage.functions}):
        problems.append(
            f"{kata.shown(path)} has the functions {_listed(names)}, but the row of stage "
            f"{stage.number} in grader/stages.py has {_listed(row)}: change one of the two"
        )
    problems += [
        f"{kata.shown(path)}: {node.name} has no docstring: write one, the stub keeps it"
        for node in public
        if node.name in names and not ast.get_docstring(node)
    ]
    imported = {name for name in map(_imported_stage, ast.walk(tree)) if name}
    if imported != (uses := {f"s{number:02d}" for number in stage.uses}):
        problems.append(
            f"{kata.shown(path)} imports from {_listed(imported)}, but `uses` in its row of "
            f"grader/stages.py has {_listed(uses)}: change one of the two"
        )
    return problems


def _imported_stage(node: ast.AST) -> str | None:
    module = node.module if isinstance(node, ast.ImportFrom) else None
    if module and module.startswith("solutions."):
        return module.removeprefix("solutions.").partition("_")[0]
    return None


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
