"""The teacher's view in the terminal: the progress of a run, and a summary at the end."""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from grader.classroom.exports.changes import Change
from grader.classroom.exports.class_files import GRADEBOOK, OPEN
from grader.classroom.exports.class_statistics import averages
from grader.classroom.exports.gradebooks import is_anybody_open
from grader.classroom.exports.shown_names import shown_names
from grader.classroom.graded_class import graded_class
from grader.classroom.graded_submission import STATUS_WORDS, GradedSubmission, stage_title
from grader.classroom.grades.class_rows import grades_of
from grader.classroom.grades.members import without_time
from grader.classroom.hand_in import NOBODYS
from grader.classroom.results_folder import CHANGES, CLASS_PAGE
from grader.classroom.run_settings import Run
from grader.classroom.submission_names import printable

LAST = 10  # submissions shown in the table
MOST = 20  # lines per list in the summary


class ProgressTable(Progress):
    """A live table and a bar with the time left on a terminal, else one line per submission."""

    def __init__(self, console: Console, count: int) -> None:
        self._last: deque[GradedSubmission] = deque(maxlen=LAST)
        bar = TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        super().__init__(*bar, console=console, transient=True, disable=not console.is_terminal)
        self.add_task("", total=count)

    def show(self, one: GradedSubmission) -> None:
        """Show the result of a submission."""
        self._last.append(one)
        self.advance(self.task_ids[0])
        if self.disable:
            (task,) = self.tasks
            line = f"{task.completed:.0f}/{task.total}  {printable(one.name)}: {one.total}"
            self.console.print(Text(", ".join(filter(None, [line, what_stands_out(one)]))))

    def get_renderables(self) -> Iterator[RenderableType]:
        """Yield the table of the latest submissions, and the bar below it."""
        table = Table(box=None, pad_edge=False, header_style="bold", expand=True)
        table.add_column("submission", ratio=3, no_wrap=True, overflow="ellipsis")
        table.add_column("points", justify="right", no_wrap=True)
        table.add_column("passed", justify="right", no_wrap=True)
        table.add_column("what stands out", ratio=5, no_wrap=True, overflow="ellipsis")
        for one in self._last:
            points, passed = str(one.points), f"{one.stages_passed} of {len(one.verdicts)}"
            marks = (points, passed) if one.was_graded else ("-", "-")
            table.add_row(*map(Text, (printable(one.name), *marks, what_stands_out(one))))
        yield table
        yield from super().get_renderables()


def what_stands_out(one: GradedSubmission) -> str:
    """Return what a teacher would want to know first: a problem, else the most frequent mistake,
    else the first stage that has not passed."""
    if one.problems:
        return printable(one.problems[0])
    tests = [test for verdict in one.verdicts for test in verdict.tests]
    made = Counter(name for test in tests for name in test.names)
    if made:
        return made.most_common(1)[0][0].replace("_", " ")
    todo = (verdict for verdict in one.verdicts if verdict.status != "passed")
    return next((f"{stage_title(one.number)}: {STATUS_WORDS[one.status]}" for one in todo), "")


def print_summary(
    console: Console,
    out: Path,
    run: Run,
    graded: Sequence[GradedSubmission],
    obstacles: Sequence[str],
    missing: Sequence[str],
    written: bool,
) -> None:
    """Print how many submissions were graded with what result, what was wrong, and where the
    results are.

    Args:
        obstacles: problems of this machine that prevented results, one line each.
        missing: who is missing in a gradebook or in the feedback, one sentence each.
        written: whether the files of the class have been written.
    """
    done, rows = [one for one in graded if one.was_graded], graded_class(run, graded).rows
    is_part = run.shard.of > 1
    part = f" in part {run.shard}" if is_part else ""
    line = f"{len(done)} of {len(graded)} submissions{part} graded, seed {run.seed}"
    if done:
        line += f": {averages(grades_of(rows))}"
    console.print(Text(line, style="bold"))
    if str(run.rules):
        console.print(Text(f"Grades: {run.rules}"))
    above = [
        f"{printable(row.name)}: {row.total}"
        for row in rows
        if row.grade and row.grade.points > row.grade.max_points and run.rules.bonus_cap is None
    ]
    print_list(console, "More than the maximum:", above)
    unknown = without_time(rows, run.rules)
    if run.rules.late and unknown:
        count = "1 person" if len(unknown) == 1 else f"{len(unknown)} people"
        console.print(Text(f"On time, because --late doesn't name them: {count}"))
    else:
        title = "Not counted late, because it isn't known when they handed in:"
        print_list(console, title, list(map(printable, unknown)))
    of_roster = {(one.key, one.reason) for one in run.open}
    lines = (
        f"{printable(name)}: {printable(said)}"
        for name, one in zip(shown_names(graded), graded, strict=True)
        for said in one.problems
        if (one.key, said) not in of_roster and said != NOBODYS
    )
    problems = [line for line in lines if line not in obstacles]
    print_list(console, "Problems with submissions:", problems)
    if not is_part:  # these concern the whole class, and `merge` prints them once
        print_list(console, "Roster problems:", run.problems)
        says_why = f" ({out / OPEN} says why)" if is_anybody_open(rows) else ""
        print_list(console, f"Not for upload{says_why}:", missing)
    print_list(console, "Not done yet. Fix this and run the same command again:", obstacles)
    if written:
        console.print(Text(f"Open {out / CLASS_PAGE}. The points are in {out / GRADEBOOK}."))
    if is_part:
        console.print(Text("When all parts are graded, `grader class merge` merges them."))


def print_changes(console: Console, out: Path, changes: Sequence[Change]) -> None:
    """Print which points differ from the last run's, and why."""
    count = f"{len(changes)} {'number differs' if len(changes) == 1 else 'numbers differ'}"
    print_list(console, f"{count} from the last run ({out / CHANGES}):", list(map(str, changes)))


def print_list(console: Console, title: str, lines: Sequence[str]) -> None:
    """Print the first lines under a title; nothing if there are none."""
    if not lines:
        return
    console.print(Text(title, style="bold"))
    for line in lines[:MOST]:
        console.print(Text(f"  {line}"))
    if len(lines) > MOST:
        console.print(Text(f"  ... and {len(lines) - MOST} more"))
