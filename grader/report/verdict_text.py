"""A verdict as text, complete without color; what to fix first comes first."""

import re
from collections import Counter
from collections.abc import Iterable

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from grader.calls.outcome import STUB_MESSAGE
from grader.kata import Kata
from grader.language import mark, tr, tr_n
from grader.report.editor_links import link_files
from grader.report.plain_text import plain_stage
from grader.report.wide_text import wrap_cells
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
STATUSES = {
    "passed": mark("passed"),
    "failed": mark("failed"),
    "error": mark("error"),
    "in_progress": mark("in progress"),
    "not_started": mark("not started"),
}
SIGNS = {"passed": "ok  ", "failed": "FAIL", "error": "FAIL", "skipped": "--  "}
WIDEST = 100  # columns; explanations are no wider than this on wide terminals
NARROWEST = 30
FEW_LINES = 12  # of the learner's own output, where more would bury the verdict
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
    """Print the verdict on one stage.

    It has a line for the stage, all that is known about one failing test of each function, and a
    few lines for each other test.

    Args:
        remembered: the stage was graded earlier and passed; don't list its tests.
        brief: print one line if the stage passed.
        compact: if something fails, only count what passes.
        advised: name commands that help.
    """
    verdict = plain_stage(verdict)
    print_head(console, verdict, remembered)
    if brief and verdict.status == "passed":
        return
    if verdict.status == "not_started":
        print_indented(console, _why_not_started(verdict), 2, kata)
    elif verdict.import_error:
        print_indented(console, verdict.tests[0].message, 2, kata)
    elif not remembered:
        _print_tests(console, kata, verdict, compact, advised)
    _print_output(console, verdict, compact)


def _print_output(console: Console, verdict: StageVerdict, compact: bool) -> None:
    """Print what the stage's code printed."""
    printed = verdict.printed.rstrip().splitlines()
    if not printed:
        return
    lead = tr("Your code printed:")
    console.print(Text(f"  {lead}", style="dim"))
    shown = printed[:FEW_LINES] if compact else printed
    print_indented(console, "\n".join(shown), 7)
    if left_out := len(printed) - len(shown):
        command = f"`grader check {verdict.number}`"
        advice = tr("... {count} more lines: {command} shows them", count=left_out, command=command)
        print_indented(console, advice, 7)


def is_untouched(verdict: StageVerdict) -> bool:
    """Return whether a stage is still the stub."""
    message = verdict.tests[0].message
    return verdict.status == "not_started" and message.endswith(tr(STUB_MESSAGE))


def _why_not_started(verdict: StageVerdict) -> str:
    if not is_untouched(verdict):
        return tr("Not started: {reason}", reason=verdict.tests[0].message)
    file = f"{stage_of(verdict.number).name}.py"
    return tr(
        "{file} is still the stub: `grader lesson {number}` explains what to write.",
        file=file,
        number=verdict.number,
    )


def print_head(console: Console, verdict: StageVerdict, remembered: bool = False) -> None:
    """Print one line about a stage: its name, status and points."""
    stage = stage_of(verdict.number)
    head = Text(f"s{stage.number:02d} {tr(stage.title)}  ", style="bold")
    status = tr("almost there") if verdict.remark else tr(STATUSES[verdict.status])
    shown = tr("{status} (as before)", status=status) if remembered else status
    head.append(shown, style=STYLES[verdict.status])
    head.append(f"  {points_of(verdict.points, verdict.max_points)}", style="")
    head.append(tr(", but {remark}", remark=verdict.remark) if verdict.remark else "", style="")
    _print_line(console, head)


def points_of(points: int, most: int) -> str:
    """Return how many of the points were earned."""
    return tr("{points} of {most} points", points=points, most=most)


def print_summary(console: Console, report: Report, uses_seed: bool) -> None:
    """Print the last lines: points, the seed if a stage was graded with it, and what to do next."""
    last = points_of(report.points, report.max_points)
    if uses_seed:
        last = tr("{points}, seed {seed}", points=last, seed=report.seed)
    console.print(Text(last, style="bold"))
    if report.target != "exercises":
        return
    graded = {stage.number for stage in report.stages}
    if len(graded) == 1 and report.passed:
        console.print(Text(tr("Well done. `grader` shows what comes next.")))
    elif report.passed and graded.issuperset(stage.number for stage in CORE_STAGES):
        console.print(Text(tr("Every stage is yours now. `grader answer` runs your model.")))


def _print_tests(
    console: Console, kata: Kata, verdict: StageVerdict, compact: bool, advised: bool
) -> None:
    """Print each function's most informative failing test in full, then what the others add."""
    wrong = [test for test in verdict.tests if test.is_wrong]
    in_full = shown_in_full(verdict)
    said: set[str] = set()
    for test in in_full:
        _print_line(console, _test_line(test))
        print_indented(console, test.message, 7, kata)
        said |= {_in_general(test.message), _print_explanation(console, test, wrong)}
    if wrong and advised:
        _print_advice(console, verdict)
    others = [test for test in verdict.tests if test not in in_full]
    if compact and verdict.status != "passed":
        _print_in_few_lines(console, others, said, bool(wrong))
        return
    for test in others:
        _print_line(console, _test_line(test))
        if test.outcome != "passed":  # the call and the explanation only if they are new
            lines = test.message.splitlines()
            shown = lines[:1] if _in_general(test.message) in said else lines[:2]
            print_indented(console, "\n".join(shown), 7, kata)
            if test.explanation not in said:
                print_indented(console, test.explanation, 7)
            said |= {_in_general(test.message), test.explanation}


def shown_in_full(verdict: StageVerdict) -> list[TestVerdict]:
    """Return the most informative failing test of each function, the most informative first."""
    first: dict[str, TestVerdict] = {}
    for test in sorted(filter(lambda test: test.is_wrong, verdict.tests), key=_rank):
        first.setdefault(test.function, test)
    return list(first.values())


def explained_by(test: TestVerdict, tests: Iterable[TestVerdict]) -> TestVerdict:
    """Return the failing test whose explanation to show with `test`: if it has none itself, another
    one of the same function."""
    others = (one for one in tests if one.function == test.function and one.explanation)
    return test if test.explanation else next(others, test)


def _print_explanation(console: Console, test: TestVerdict, wrong: list[TestVerdict]) -> str:
    """Print and return the explanation of a failing test."""
    explained = explained_by(test, wrong)
    if explained.explanation:
        lead = "" if explained is test else f"{lead_to(explained)}\n"
        console.print()
        print_indented(console, f"{lead}{explained.explanation}", 7)
    return explained.explanation


def lead_to(explained: TestVerdict) -> str:
    """Return what introduces the explanation of a test that isn't itself shown in full."""
    return tr('The test "{test}" shows more:', test=words_of(explained))


def _rank(test: TestVerdict) -> tuple[bool, ...]:
    """Return a sort key that puts the most informative failing test first.

    First come tests that name a mistake, then those that carry points, because they compare values.
    Among these, an error or a wrong type or shape, which needs no explanation, comes before a
    located difference, and that before an unexplained one.
    """
    says_itself = test.located is not None and not test.explanation
    return not test.names, not test.max_points, not says_itself, not test.is_explained


def _print_advice(console: Console, verdict: StageVerdict) -> None:
    """Name the commands that help when something fails."""
    number = verdict.number
    advice = tr("Stuck? `grader hint {number}` shows one more hint each time.", number=number)
    print_indented(console, advice, 7)
    if verdict.unexplained:
        advice = tr(
            "Still unexplained? `grader report {number}` writes it up for an issue.", number=number
        )
        print_indented(console, advice, 7)


def _print_in_few_lines(
    console: Console, tests: list[TestVerdict], said: set[str], are_others: bool
) -> None:
    """Print a line for each further failing test, and count the rest."""
    for test in tests:
        if test.is_wrong:
            _print_line(console, _test_line(test))
            if test.explanation and test.explanation not in said:
                print_indented(console, test.explanation, 7)
                said.add(test.explanation)
    waiting = Counter(test.message for test in tests if test.outcome == "skipped")
    passed = sum(test.outcome == "passed" for test in tests)
    for reason, count in waiting.items():
        words = tr("{tests}: {reason}", tests=_tests(count, are_others), reason=reason)
        _print_line(console, _signed("skipped", words))
    if passed:
        _print_line(console, _signed("passed", _tests(passed, are_others)))


def _tests(count: int, are_others: bool) -> str:
    if are_others:
        return tr_n("{count} other test", "{count} other tests", count)
    return tr_n("{count} test", "{count} tests", count)


def _signed(outcome: str, words: str) -> Text:
    line = Text("  ")
    line.append(SIGNS[outcome], style=STYLES[outcome])
    return line.append(f" {words}")


def _in_general(message: str) -> str:
    """Return the first line of a message with its numbers masked, to recognize repeats."""
    return re.sub(r"\d+", "#", message.split("\n")[0])


def words_of_name(name: str) -> str:
    """Return the name of a test's function as English words."""
    return name.removeprefix("test_").replace("_", " ")


def words_of(test: TestVerdict) -> str:
    """Return a test's name as words, in the reader's language."""
    return tr(words_of_name(test.name))


def _test_line(test: TestVerdict) -> Text:
    words = tr("{function}: {test}", function=test.function, test=words_of(test))
    line = _signed(test.outcome, words)
    if test.max_points:
        points = tr("({points} of {most})", points=test.points, most=test.max_points)
        line.append(f"  {points}", style="dim")
    return line


def _print_line(console: Console, line: Text) -> None:
    """Print a line; a terminal that is too narrow wraps it between words."""
    console.print(line, soft_wrap=not console.is_terminal)


def print_indented(console: Console, text: str, indent: int, kata: Kata | None = None) -> None:
    """Print indented lines, wrapped between words; lines that fit keep their spaces.

    Args:
        kata: if given, the names of its exercise files become links.
    """
    width = max(NARROWEST, min(console.width, WIDEST) - indent)
    for line in text.splitlines():
        for piece in [line] if cell_len(line) <= width else wrap_cells(line, width):
            shown = Text(" " * indent + piece)
            shown.highlight_regex(_MARKED, "red")
            console.print(link_files(kata, shown) if kata else shown)
