"""A failure as text for an issue: what it takes to reproduce it, and nothing private."""

import platform
from dataclasses import replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from io import StringIO

from rich.console import Console

from grader.kata import Kata
from grader.language import ENGLISH, reading
from grader.report.code_of_functions import code_of
from grader.report.fence import fenced
from grader.report.plain_text import plain, plain_stage
from grader.report.private_names import PrivateNames
from grader.report.verdict_text import print_stage
from grader.stage import Stage
from grader.stages import stage_of
from grader.verdict import StageVerdict, map_texts

LONGEST_CODE = 4000  # characters
LONGEST_VERDICT = 3000
COLUMNS = 100


def issue_text(kata: Kata, verdict: StageVerdict, seed: int) -> str:
    """Return a description of a failing stage, as Markdown of at most 8,000 characters."""
    stage = stage_of(verdict.number)
    functions = failing(verdict)
    code = _code(kata, stage, functions)
    private = PrivateNames(kata.folder, code, kata.lesson(stage).read_text(encoding="utf-8"))
    again = f"`grader check {stage.number} --seed {seed}`"
    parts = [
        f"### Stage {stage.number}, {stage.title}: {_headline(verdict, functions)}",
        f"{_versions()}, seed {seed}",
    ]
    if code:
        parts += [
            f"To reproduce it, add this code to the end of `{stage.name}.py` and run {again}.",
            fenced(_cut(private.hidden_in_code(code), LONGEST_CODE), "python"),
        ]
    else:
        parts.append(f"To reproduce it, run {again}.")
    text = _verdict(kata, verdict, private)
    parts += ["The verdict:", fenced(_cut(text, LONGEST_VERDICT), "text")]
    return "\n\n".join(parts)


def failing(verdict: StageVerdict) -> list[str]:
    """Return the functions with a failing test."""
    return list(dict.fromkeys(test.function for test in verdict.tests if test.is_wrong))


def _headline(verdict: StageVerdict, functions: list[str]) -> str:
    if verdict.import_error:
        return "the file can't be imported"
    if unexplained := verdict.unexplained:
        return f"nothing explains why {_listed(unexplained)} fails"
    verb = "fails" if len(functions) == 1 else "fail"
    return f"{_listed(functions)} {verb}, with an explanation"


def _listed(names: list[str] | tuple[str, ...]) -> str:
    shown = [f"`{name}`" for name in names]
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def _versions() -> str:
    names = {"llama3-kata": "kata", "torch": "torch"}
    kata, torch = (f"{shown} {_version(name)}" for name, shown in names.items())
    kind = f"{platform.system()} {platform.machine()}"
    return f"{kata}, Python {platform.python_version()}, {torch}, {kind}"


def _version(package: str) -> str:
    try:
        return version(package)  # without importing it
    except PackageNotFoundError:
        return "(unknown version)"


def _code(kata: Kata, stage: Stage, functions: list[str]) -> str:
    """Return the learner's code of a stage's failing functions."""
    try:
        text = kata.exercise(stage).read_text(encoding="utf-8-sig", errors="replace")
    except OSError:  # the stage that runs the others has no file
        return ""
    return plain(code_of(text, functions, left_out=set(stage.names).difference(functions)))


def _verdict(kata: Kata, verdict: StageVerdict, private: PrivateNames) -> str:
    """Return a verdict as the terminal shows it, without what the code printed."""
    verdict = plain_stage(verdict)  # first, since invisible characters could split a name
    tests = tuple(map(partial(map_texts, private.hidden), verdict.tests))
    console = Console(file=StringIO(), width=COLUMNS, highlight=False, soft_wrap=True)
    with reading(ENGLISH):
        print_stage(console, kata, replace(verdict, tests=tests, printed=""), advised=False)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue().rstrip()


def _cut(text: str, most: int) -> str:
    """Cut a text to about `most` characters, and say how many lines are left out."""
    if len(text) <= most:
        return text
    kept = text[:most].rpartition("\n")[0] or text[:most]
    left_out = text.count("\n", len(kept) + 1) + 1
    return f"{kept}\n... ({left_out} more {'line' if left_out == 1 else 'lines'} cut)"
