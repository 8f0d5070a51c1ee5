"""The three hints of a stage: there, in words, and not the answer."""

import ast
import re
from collections.abc import Iterator

from grader.calls.stage_modules import reference_modules
from grader.kata import Kata
from grader.learn.lesson import hints_of
from grader.stage import Stage

TITLES = ("Hint 1: where to look", "Hint 2: what to do", "Hint 3: almost the line")
_SHORTEST_HINT = 40  # characters; less says nothing
_LONGEST_NAMEABLE = 12  # characters of code; longer than that is the answer and no longer its name


def hint_problems(kata: Kata, stage: Stage) -> list[str]:
    """Look for hints that are missing, empty, or hold a whole line of the solution."""
    page, hints = kata.shown(kata.lesson(stage)), hints_of(kata, stage)
    titles = tuple(title for title, _ in hints)
    problems = []
    if titles != TITLES:
        problems.append(f"{page} has the hints {list(titles)}: it needs {list(TITLES)}")
    for title, text in hints:
        if len(text) < _SHORTEST_HINT:
            problems.append(f"{page}: {title!r} is empty or says too little: write it")
    if not stage.has_code:
        return problems
    solution = reference_modules(kata.solutions).module(stage.number)
    answers = {str(getattr(solution, constant.name)) for constant in stage.constants}
    answers.update(_answers_in(kata.solution(stage).read_text(encoding="utf-8")))
    for title, text in hints:
        given = [answer for answer in sorted(answers) if _squeezed(answer) in _squeezed(text)]
        problems += [
            f"{page}: {title!r} gives the answer away, `{answer}`: say it in words"
            for answer in given
        ]
    return problems


def _answers_in(solution: str) -> Iterator[str]:
    """Give every whole statement and every returned expression in a solution's functions."""
    for function in ast.parse(solution).body:
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                yield from (text for text in _texts_of(node, function) if _is_long(text))


def _texts_of(node: ast.AST, function: ast.FunctionDef) -> Iterator[str]:
    if isinstance(node, ast.stmt) and node is not function:
        yield ast.unparse(node)
    if isinstance(node, ast.Return) and node.value is not None:
        yield ast.unparse(node.value)


def _is_long(text: str) -> bool:
    return len(text) > _LONGEST_NAMEABLE


def _squeezed(text: str) -> str:
    """Take out what code may be written with or without: white space, the kind of quotes."""
    return re.sub(r"\s+", "", text).replace('"', "'")
