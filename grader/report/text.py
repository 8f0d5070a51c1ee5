"""A verdict as text, complete without colour."""

import textwrap
from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from grader.diagnosis.mistake import Mistake
from grader.stages import MAX_POINTS, stage_of
from grader.verdict import Report, StageVerdict, TestVerdict

STYLES = {
    "passed": "green",
    "failed": "red",
    "error": "red",
    "skipped": "yellow",
    "in_progress": "yellow",
    "not_started": "dim",
}
SIGNS = {"passed": "ok  ", "failed": "FAIL", "error": "FAIL", "skipped": "--  "}
WIDEST = 100  # of explanations, on wider terminals


def mistake_text(mistake: Mistake) -> str:
    """Name a known mistake and explain it."""
    return f"This is a known mistake: {mistake.title}.\n{mistake.explanation}"


def print_stage(
    console: Console,
    verdict: StageVerdict,
    mistakes: Mapping[str, Mistake],
    remembered: bool,
    brief: bool,
) -> None:
    """Print one stage: a line for the stage, a line for each test, and why tests failed.

    A stage that is remembered has its one line alone, and with `brief` so has one that passed.
    """
    stage = stage_of(verdict.number)
    status = verdict.status.replace("_", " ") + (" (as before)" if remembered else "")
    head = Text(f"s{stage.number:02d} {stage.title}  ", style="bold")
    head.append(status, style=STYLES[verdict.status])
    head.append(f"  {verdict.points} of {verdict.max_points} points", style="")
    console.print(head)
    if remembered or (brief and verdict.status == "passed"):
        return
    if verdict.status == "not_started":
        _print_indented(console, _how_to_start(verdict), 2)
    elif verdict.import_error:
        _print_indented(console, verdict.tests[0].message, 2)
    else:
        _print_tests(console, verdict, mistakes)
    if verdict.printed.strip():
        console.print(Text("  Your code printed:", style="dim"))
        _print_indented(console, verdict.printed.rstrip(), 7)
    if verdict.status == "failed":
        console.print(Text(f"  Stuck? `grader hint {stage.number}` shows one more hint each time."))


def print_summary(console: Console, report: Report) -> None:
    """Print the last lines: points, seed, and what to do now."""
    points = f"{report.points} of {report.max_points} points"
    console.print(Text(f"{points}, seed {report.seed}", style="bold"))
    if report.target != "exercises":
        return
    if len(report.stages) == 1 and report.passed:
        console.print(Text("Well done. `grader` shows what comes next."))
    elif report.passed and report.max_points == MAX_POINTS:
        console.print(Text("All of it is yours. `grader answer` runs your model."))


def _print_tests(console: Console, verdict: StageVerdict, mistakes: Mapping[str, Mistake]) -> None:
    """Print each test with why it failed; what has been said in full is not said again."""
    said: set[str] = set()
    for test in verdict.tests:
        console.print(_test_line(test))
        if test.outcome == "passed":
            continue
        call, _, reason = test.message.partition("\n")
        repeated = reason in said and not test.mistake
        _print_indented(console, f"{call}\n(the same)" if repeated else test.message, 7)
        said.add(reason)
        if test.mistake and test.mistake in said:
            console.print(Text(f"       Again: {mistakes[test.mistake].title}."))
        elif test.mistake:
            said.add(test.mistake)
            _print_indented(console, mistake_text(mistakes[test.mistake]), 7)


def _how_to_start(verdict: StageVerdict) -> str:
    stage = stage_of(verdict.number)
    if stage.own_stages:
        return f"Not started: {verdict.tests[0].message}"
    advice = f"`grader lesson {stage.number}` says how it works"
    return f"{stage.name}.py is still the stub: {advice}."


def _test_line(test: TestVerdict) -> Text:
    name = test.name.removeprefix("test_").replace("_", " ")
    line = Text("  ")
    line.append(SIGNS[test.outcome], style=STYLES[test.outcome])
    line.append(f" {test.function}: {name}")
    if test.max_points:
        line.append(f"  ({test.points} of {test.max_points})", style="dim")
    return line


def _print_indented(console: Console, text: str, indent: int) -> None:
    """Print lines below their heading; long ones are wrapped, tables keep their spaces."""
    width = max(40, min(console.width, WIDEST) - indent)
    for line in text.splitlines():
        pieces = [line] if len(line) <= width else textwrap.wrap(line, width)
        for piece in pieces:
            console.print(Text(" " * indent + piece))
