"""Check that a stage's files exist and agree with the solution and the table."""

import ast
import re

from grader.errors import UsageError
from grader.kata import Kata
from grader.module_named_after import module_named_after
from grader.stage import Stage
from grader.stubs import is_stub, stub_for

_INPUTS = "grader.compare.inputs"
_SMALLEST = 100  # bytes; a file with less in it has only been begun


def missing_files(kata: Kata, stage: Stage) -> list[str]:
    """Name the files that a stage lacks, of five, or of two if learners write nothing in it."""
    wanted = {kata.lesson(stage): "write the lesson", kata.suite(stage): "write the suite"}
    if stage.has_code:
        wanted |= {
            kata.solution(stage): "write the reference",
            kata.exercise(stage): "`python -m grader.author.write_stubs` writes the stub",
            kata.mistakes(stage): "write the known mistakes",
        }
    small = [path for path in wanted if not path.is_file() or path.stat().st_size < _SMALLEST]
    return [f"{kata.shown(path)} is missing or only begun: {wanted[path]}" for path in small]


def stub_problems(kata: Kata, stage: Stage) -> list[str]:
    """Return a problem unless the stub is the solution with its code taken out."""
    stub = kata.exercise(stage)
    text = stub.read_text(encoding="utf-8")
    if text == stub_for(kata, stage):
        return []
    fix = "`python -m grader.author.write_stubs` writes it"
    if not is_stub(stage, text):
        fix = f"`grader reset {stage.number}` puts the stub there and keeps this text beside it"
    solution = kata.shown(kata.solution(stage))
    return [f"{kata.shown(stub)} is not {solution} with its code taken out: {fix}"]


def row_problems(kata: Kata, stage: Stage) -> list[str]:
    """Compare the row of the stage table with the solution: its functions, and what it imports."""
    page = kata.shown(kata.solution(stage))
    text = kata.solution(stage).read_text(encoding="utf-8")
    problems = []
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    public = {node.name: node for node in functions if not node.name.startswith("_")}
    if (names := set(public)) != (row := {function.name for function in stage.functions}):
        problems.append(
            f"{page} has the functions {_listed(names)}, but the row of stage {stage.number} in "
            f"grader/stages.py has {_listed(row)}: change one of the two"
        )
    problems += [
        f"{page}: {name} has no docstring: write one, the stub keeps it"
        for name, node in public.items()
        if not ast.get_docstring(node)
    ]
    imported = set(re.findall(r"^ *from solutions\.(s\d+)_", text, re.MULTILINE))
    if imported != (uses := {f"s{number:02d}" for number in stage.uses}):
        problems.append(
            f"{page} imports from {_listed(imported)}, but `uses` in its row of grader/stages.py "
            f"has {_listed(uses)}: change one of the two"
        )
    return problems


def input_problems(stage: Stage) -> list[str]:
    """Find functions and constants for which `grader compare` has no inputs."""
    try:
        functions = vars(module_named_after(stage, _INPUTS))
    except UsageError as error:
        return [f"{error}: write a function in it for each of {', '.join(stage.names)}"]
    file = f"{_INPUTS.replace('.', '/')}/{stage.name}.py"
    return [
        f"{file} has no function {name}: write one that returns the `Inputs` to call it with"
        for name in stage.names
        if name not in functions
    ]


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
