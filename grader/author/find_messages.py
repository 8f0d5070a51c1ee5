"""Find every message that people read, for the catalogues of translations.

There is one catalogue per stage, with its mistakes and landmarks, one with the titles and the tests
of all stages, and one per folder of `grader/` for the messages of the program, in code and in
templates of pages. A handout has no catalogues of single stages.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from jinja2.ext import babel_extract

from grader.calls.outcome import STUB_MESSAGE
from grader.diagnosis.known_mistakes import beside_another, mistakes_of
from grader.kata import Kata
from grader.report.verdict_text import words_of_name
from grader.stage import Stage
from grader.stages import PARTS, STAGES
from grader.suite.graded_tests import collect

# The arguments of a call that are messages, by the function's name.
_CALLS = {
    "tr": (0,),
    "tr_n": (0, 1),
    "mark": (0,),
    "require": (1,),  # in a suite
    "advise": (2,),  # in `usual_errors`
}
_ENGLISH_ONLY = ("author", "classroom", "tests")  # the rooms of authors and teachers

# The modules of commands that speak English, and the commands of these that `--help` lists.
_ENGLISH_COMMANDS = (
    *("authoring", "class_results", "grade_options", "rosters", "several_runs", "teaching"),
)
_LISTED = ("author", "class")

Messages = Iterator[tuple[str | tuple[str, ...], list[str]]]  # each with comments on it


def catalogue_of_stage(kata: Kata, stage: Stage) -> Catalog:
    """Return what is said of a stage's code, in the order in which it is found."""
    found = Catalog()
    for message, comments in _of_mistakes(kata, stage):
        found.add(message, auto_comments=comments)
    for path in _modules(kata):
        if path.stem == stage.name:
            _add_code(found, path)
    return found


def catalogues_of_program(kata: Kata) -> dict[str, Catalog]:
    """Return the messages that belong to no single stage: a catalogue per folder of `grader/`."""
    found: dict[str, Catalog] = defaultdict(Catalog)
    by_stage = {stage.name for stage in STAGES}
    for path in _modules(kata):
        room, *inside = path.relative_to(kata.root / "grader").parts
        if path.stem not in by_stage and room not in _ENGLISH_ONLY:
            _add_code(found[room if inside else "grader"], path)
    for path in sorted((kata.root / "grader").rglob("templates/*.html")):
        room = path.relative_to(kata.root / "grader").parts[0]
        if room not in _ENGLISH_ONLY:
            for message in _in_template(path):
                found[room].add(message)
    for message in _of_commands(kata):
        found["help"].add(message)
    for message in (*PARTS.values(), STUB_MESSAGE):
        found["stages"].add(message)
    for stage in STAGES:
        for message, comments in _of_stage(kata, stage):
            found["stages"].add(message, auto_comments=comments)
    return {name: catalogue for name, catalogue in found.items() if len(catalogue)}


def _modules(kata: Kata) -> list[Path]:
    return sorted((kata.root / "grader").rglob("*.py"))


def _add_code(catalogue: Catalog, path: Path) -> None:
    for message, comments in _in_code(path):
        catalogue.add(message, auto_comments=comments)


def _in_code(path: Path) -> Messages:
    """Yield the messages in a module, also those inside f-strings, where Babel doesn't look.

    Raises:
        ValueError: if a message is an f-string, which can't be looked up.
    """
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    for node in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        if not isinstance(node.func, ast.Name):
            continue
        texts = [node.args[index] for index in _CALLS.get(node.func.id, ())]
        if any(isinstance(text, ast.JoinedStr) for text in texts):
            raise ValueError(
                f"{path.name}, line {node.lineno}: a message can't be an f-string: pass its values "
                "by name"
            )
        found = tuple(str(text.value) for text in texts if isinstance(text, ast.Constant))
        if found:  # otherwise the call passes a variable
            yield found if len(found) > 1 else found[0], []


def _in_template(path: Path) -> Iterator[str | tuple[str, ...]]:
    """Yield the messages in a template of a page."""
    with path.open("rb") as file:
        for _, _, texts, _ in babel_extract(file, ("tr", "tr_n"), (), {"silent": "false"}):
            found = tuple(filter(None, (texts,) if isinstance(texts, str) else texts or ()))
            if found:  # otherwise the call passes a variable
                yield found if len(found) > 1 else found[0]


def _of_stage(kata: Kata, stage: Stage) -> Messages:
    """Yield a stage's title, its objective, and what its suite says."""
    yield stage.title, [f"{stage.name}, the title"]
    yield stage.objective, [f"{stage.name}, what the learner does"]
    for test in collect(kata.suite(stage)):
        yield words_of_name(test.name), [f"{stage.name}, a test"]
    yield from _in_code(kata.suite(stage))


def _of_mistakes(kata: Kata, stage: Stage) -> Messages:
    for mistake in mistakes_of(kata, stage):
        yield mistake.title, [f"{mistake.name}, the title"]
        yield mistake.explanation, [f"{mistake.name}, the explanation"]
        shorter = beside_another(mistake.explanation)
        if shorter != mistake.explanation:
            yield shorter, [f"{mistake.name}, the explanation beside another mistake's"]


def _of_commands(kata: Kata) -> Iterator[str]:
    """Yield the help of the learner's commands and of their options, and a line on the others."""
    for path in sorted((kata.root / "grader" / "cli").glob("*.py")):
        learners = path.stem not in _ENGLISH_COMMANDS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(map(_is_command, node.decorator_list)):
                text = ast.get_docstring(node) or ""
                if learners:
                    yield text
                elif node.name.rstrip("_") in _LISTED:
                    yield " ".join(text.partition("\n\n")[0].split())
            if isinstance(node, ast.Call) and learners:
                helps = (one.value for one in node.keywords if one.arg == "help")
                yield from (str(one.value) for one in helps if isinstance(one, ast.Constant))


def _is_command(decorator: ast.expr) -> bool:
    """Return whether a decorator is `click.command(...)` or `click.group(...)`."""
    function = getattr(decorator, "func", None)
    return isinstance(function, ast.Attribute) and function.attr in ("command", "group")
