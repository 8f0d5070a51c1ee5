"""A verdict as text, complete without colour."""

from collections.abc import Iterator

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


def mistake_text(mistake: Mistake) -> str:
    """Name a known mistake and explain it."""
    return f"This is a known mistake: {mistake.title}.\n{mistake.explanation}"


def print_stage(
    console: Console, verdict: StageVerdict, mistakes: dict[str, Mistake], remembered: bool = False
) -> None:
    """Print one stage: a line for the stage, a line for each test, and why tests failed."""
    stage = stage_of(verdict.number)
    status = verdict.status.replace("_", " ") + (" (as before)" if remembered else "")
    head = Text(f"s{stage.number:02d} {stage.title}  ", style="bold")
    head.append(status, style=STYLES[verdict.status])
    head.append(f"  {verdict.points} of {verdict.max_points} points", style="")
    console.print(head)
    if remembered or verdict.status == "not_started":
        return
    if verdict.import_error:
        console.print(Text(_indent(verdict.tests[0].message)))
    else:
        for test in verdict.tests:
            console.print(_test_line(test))
            for line in _why(test, mistakes):
                console.print(Text(_indent(line, 7)))
    if verdict.printed.strip():
        console.print(Text("  Your code printed:", style="dim"))
        console.print(Text(_indent(verdict.printed.rstrip(), 7)))
    if verdict.status == "failed":
        console.print(Text(f"  Stuck? `grader hint {stage.number}` shows one more hint each time."))


def print_summary(console: Console, report: Report) -> None:
    """Print the last lines: points, seed, and what to do now."""
    points = f"{report.points} of {report.max_points} points"
    console.print(Text(f"{points}, seed {report.seed}", style="bold"))
    if len(report.stages) == 1 and report.passed:
        console.print(Text("Well done. `grader` shows what comes next."))
    elif report.passed and report.max_points == MAX_POINTS:
        console.print(Text("All of it is yours. `grader answer` runs your model."))


def _test_line(test: TestVerdict) -> Text:
    name = test.name.removeprefix("test_").replace("_", " ")
    line = Text("  ")
    line.append(SIGNS[test.outcome], style=STYLES[test.outcome])
    line.append(f" {test.function}: {name}")
    if test.max_points:
        line.append(f"  ({test.points} of {test.max_points})", style="dim")
    return line


def _why(test: TestVerdict, mistakes: dict[str, Mistake]) -> Iterator[str]:
    if test.outcome == "passed":
        return
    yield test.message
    if test.mistake:
        yield mistake_text(mistakes[test.mistake])


def _indent(text: str, width: int = 2) -> str:
    return "\n".join(" " * width + line for line in text.splitlines())
