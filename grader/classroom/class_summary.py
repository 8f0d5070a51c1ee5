"""What is said of a class at the end."""

from collections.abc import Sequence
from pathlib import Path
from statistics import mean, median

from rich.console import Console
from rich.text import Text

from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.outputs import CLASS_PAGE, GRADEBOOK
from grader.classroom.run_file import Run
from grader.classroom.submission_names import printable

MOST = 20  # lines of one kind


def print_summary(
    console: Console,
    out: Path,
    run: Run,
    graded: Sequence[GradedSubmission],
    obstacles: Sequence[str],
) -> None:
    """Print how many were graded with what result, what was wrong, and where everything is."""
    done = [one for one in graded if one.was_graded]
    is_part = run.shard.of > 1
    part = f" in part {run.shard}" if is_part else ""
    line = f"{len(done)} of {len(graded)} submissions{part} graded, seed {run.seed}"
    if done:
        points = [one.points for one in done]
        possible = max(one.max_points for one in done)
        line += f": mean {mean(points):.1f}, median {median(points):g} of {possible} points"
    console.print(Text(line, style="bold"))
    problems = [
        f"{printable(one.name)}: {printable(problem)}" for one in graded for problem in one.problems
    ]
    _print_list(console, "What was wrong with what was handed in:", problems)
    if not is_part:  # these are the whole class's, and said once
        _print_list(console, "What does not fit the roster:", run.problems)
    _print_list(console, "Not done; the same command does it once this is mended:", obstacles)
    console.print(Text(f"Open {out / CLASS_PAGE}. The points are in {out / GRADEBOOK}."))
    if is_part:
        console.print(Text("`grader class merge` makes one class of all parts."))


def _print_list(console: Console, title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    console.print(Text(title, style="bold"))
    for line in lines[:MOST]:
        console.print(Text(f"  {line}"))
    if len(lines) > MOST:
        console.print(Text(f"  ... and {len(lines) - MOST} more"))
