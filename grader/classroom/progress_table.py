"""What a teacher sees while a class is graded: how far it is, and what has come of the last few."""

from collections import Counter, deque

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from grader.classroom.exports.words import STATUS_WORDS, stage_title, total
from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.submission_names import printable

LAST = 10  # submissions in the table


class ProgressTable:
    """A bar with the time left and a live table on a terminal, else a line for each submission."""

    def __init__(self, console: Console, count: int) -> None:
        self._console, self._count, self._done = console, count, 0
        self._last: deque[GradedSubmission] = deque(maxlen=LAST)
        self._progress = Progress(
            TextColumn("grading"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
        )
        self._task = self._progress.add_task("", total=count)
        self._live = Live(console=console, transient=True, get_renderable=self._picture)

    def __enter__(self) -> "ProgressTable":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def finished(self, one: GradedSubmission) -> None:
        """Show what came of a submission."""
        self._done += 1
        self._last.append(one)
        self._progress.advance(self._task)
        if not self._console.is_terminal:
            line = f"{self._done}/{self._count}  {printable(one.name)}: {total(one)}"
            self._console.print(Text(f"{line}{_after_comma(what_stands_out(one))}"))

    def _picture(self) -> Group:
        table = Table(box=None, pad_edge=False, header_style="bold", expand=True)
        table.add_column("submission", ratio=3, no_wrap=True, overflow="ellipsis")
        table.add_column("points", justify="right", no_wrap=True)
        table.add_column("passed", justify="right", no_wrap=True)
        table.add_column("what stands out", ratio=5, no_wrap=True, overflow="ellipsis")
        for one in self._last:
            passed = sum(verdict.status == "passed" for verdict in one.verdicts)
            cells = (
                printable(one.name),
                str(one.points) if one.was_graded else "-",
                f"{passed} of {len(one.verdicts)}" if one.was_graded else "-",
                what_stands_out(one),
            )
            table.add_row(*map(Text, cells))
        return Group(table, self._progress)


def what_stands_out(one: GradedSubmission) -> str:
    """Say what a teacher would want to know first: a problem, else the mistake made most often,
    else the first stage that is not passed."""
    if one.problems:
        return printable(one.problems[0])
    made = Counter(test.mistake for verdict in one.verdicts for test in verdict.tests)
    del made[None]
    if made:
        return str(made.most_common(1)[0][0]).replace("_", " ")
    todo = (verdict for verdict in one.verdicts if verdict.status != "passed")
    return next((f"{stage_title(one.number)}: {STATUS_WORDS[one.status]}" for one in todo), "")


def _after_comma(text: str) -> str:
    return f", {text}" if text else ""
