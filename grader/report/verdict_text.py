"""A verdict as text, complete without color, with what to fix first at the top."""

import re
import textwrap
from collections import Counter

from rich.console import Console
from rich.text import Text

from grader.calls.outcome import STUB_MESSAGE
from grader.kata import Kata
from grader.report.editor_links import link_files
from grader.report.plain_text import plain_stage
from grader.stages import CORE_STAGES, stage_of
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
NARROWEST = 30
FEW_LINES = 12  # of what the learner's code printed, where it must not bury the verdict
_MARKED = re.compile(r"\S+\*(?= |$)")  # a wrong cell in a table


def print_stage(
    console: Console,
    kata: Kata,
    verdict: StageVerdict,
    remembered: bool = False,
    brief: bool = False,
    compact: bool = False,
    advised: bool = True,
) -> None:
    """Print one stage: a heading, the full message of one failing test per function, and a few
    lines for each of the other tests.

    A remembered stage gets one line; with `brief`, so does one that passed. With `compact`, passing
    tests are only counted if something fails. With `advised`, commands that help are named.
    """
    verdict = plain_stage(verdict)
    print_head(console, verdict, " (as before)" if remembered else "")
    if remembered or (brief and verdict.status == "passed"):
        return
    if verdict.status == "not_started":
        name, message = stage_of(verdict.number).name, verdict.tests[0].message
        advice = f"{name}.py is still the stub: `grader lesson {verdict.number}` says how it works."
        started = advice if message.endswith(STUB_MESSAGE) else f"Not started: {message}"
        print_indented(console, started, 2, kata)
    elif verdict.import_error:
        print_indented(console, verdict.tests[0].message, 2, kata)
    else:
        _print_tests(console, kata, verdict, compact, advised)
    if printed := verdict.printed.rstrip().splitlines():
        console.print(Text("  Your code printed:", style="dim"))
        shown = printed[:FEW_LINES] if compact else printed
        print_indented(console, "\n".join(shown), 7)
        if left_out := len(printed) - len(shown):
            advice = f"... {left_out} more lines: `grader check {verdict.number}` shows them"
            print_indented(console, advice, 7)


def print_head(console: Console, verdict: StageVerdict, remark: str = "") -> None:
    """Print the one line of a stage: its name, its status, its points."""
    stage = stage_of(verdict.number)
    head = Text(f"s{stage.number:02d} {stage.title}  ", style="bold")
    head.append(verdict.status.replace("_", " ") + remark, style=STYLES[verdict.status])
    head.append(f"  {verdict.points} of {verdict.max_points} points", style="")
    head.append(f", but {verdict.remark}" if verdict.remark else "", style="")
    _print_line(console, head)


def print_summary(console: Console, report: Report) -> None:
    """Print the last lines: points, seed, and what to do now."""
    points = f"{report.points} of {report.max_points} points"
    console.print(Text(f"{points}, seed {report.seed}", style="bold"))
    if report.target != "exercises":
        return
    graded = {stage.number for stage in report.stages}
    if len(graded) == 1 and report.passed:
        console.print(Text("Well done. `grader` shows what comes next."))
    elif report.passed and graded.issuperset(stage.number for stage in CORE_STAGES):
        console.print(Text("All of it is yours. `grader answer` runs your model."))


def _print_tests(
    console: Console, kata: Kata, verdict: StageVerdict, compact: bool, advised: bool
) -> None:
    """Print the most informative failing test of each function in full, and what the others add."""
    wrong = [test for test in verdict.tests if test.is_wrong]
    in_full: dict[str, TestVerdict] = {}
    for test in sorted(wrong, key=_rank):
        in_full.setdefault(test.function, test)
    said: set[str] = set()
    for test in in_full.values():
        _print_line(console, _test_line(test))
        print_indented(console, test.message, 7, kata)
        if test.explanation:
            console.print()
            print_indented(console, test.explanation, 7)
        said |= {_in_general(test.message), test.explanation}
    if wrong and advised:
        _print_advice(console, verdict)
    others = [test for test in verdict.tests if test not in in_full.values()]
    if compact and verdict.status != "passed":
        _print_in_few_lines(console, others, said, "other " if wrong else "")
        return
    for test in others:
        _print_line(console, _test_line(test))
        if test.outcome != "passed":  # the first line, the call and the mistake where they are new
            lines = test.message.splitlines()
            shown = lines[:1] if _in_general(test.message) in said else lines[:2]
            print_indented(console, "\n".join(shown), 7, kata)
            if test.explanation not in said:
                print_indented(console, test.explanation, 7)
            said |= {_in_general(test.message), test.explanation}


def _rank(test: TestVerdict) -> tuple[bool, ...]:
    """Return a key that sorts failing tests, the most informative first.

    First come those that name a mistake, then those that compare values, which have the points.
    Among these, an error or a wrong type or shape, which the message itself explains, comes before
    a located difference, and that before an unexplained one.
    """
    says_itself = test.located is not None and not test.explanation
    return not test.names, not test.max_points, not says_itself, not test.is_explained


def _print_advice(console: Console, verdict: StageVerdict) -> None:
    """Name the commands that help when something fails."""
    number = verdict.number
    print_indented(console, f"Stuck? `grader hint {number}` shows one more hint each time.", 7)
    if verdict.unexplained:
        advice = f"Nothing explains this? `grader report {number}` writes it up for an issue."
        print_indented(console, advice, 7)


def _print_in_few_lines(
    console: Console, tests: list[TestVerdict], said: set[str], other: str
) -> None:
    """Print a line for each further failing test, and count the others."""
    for test in tests:
        if test.is_wrong:
            _print_line(console, _test_line(test))
            if test.explanation and test.explanation not in said:
                print_indented(console, test.explanation, 7)
                said.add(test.explanation)
    waiting = Counter(test.message for test in tests if test.outcome == "skipped")
    passed = sum(test.outcome == "passed" for test in tests)
    for reason, count in waiting.items():
        _print_line(console, _signed("skipped", f"{count} {other}{_tests(count)}: {reason}"))
    if passed:
        _print_line(console, _signed("passed", f"{passed} {other}{_tests(passed)}"))


def _tests(count: int) -> str:
    return "test" if count == 1 else "tests"


def _signed(outcome: str, words: str) -> Text:
    line = Text("  ")
    line.append(SIGNS[outcome], style=STYLES[outcome])
    return line.append(f" {words}")


def _in_general(message: str) -> str:
    """Return the first line of a message without its numbers, so that shapes don't matter."""
    return re.sub(r"\d+", "#", message.split("\n")[0])


def _test_line(test: TestVerdict) -> Text:
    name = test.name.removeprefix("test_").replace("_", " ")
    line = _signed(test.outcome, f"{test.function}: {name}")
    if test.max_points:
        line.append(f"  ({test.points} of {test.max_points})", style="dim")
    return line


def _print_line(console: Console, line: Text) -> None:
    """Print a line, broken between words where the terminal is too narrow for it."""
    console.print(line, soft_wrap=not console.is_terminal)


def print_indented(console: Console, text: str, indent: int, kata: Kata | None = None) -> None:
    """Print indented lines; long ones are wrapped, and tables keep their spaces.

    With `kata`, the names of exercise files become links.
    """
    width = max(NARROWEST, min(console.width, WIDEST) - indent)
    for line in text.splitlines():
        for piece in [line] if len(line) <= width else textwrap.wrap(line, width):
            shown = Text(" " * indent + piece)
            shown.highlight_regex(_MARKED, "red")
            console.print(link_files(kata, shown) if kata else shown)
