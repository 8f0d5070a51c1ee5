"""The map of stages."""

from rich.console import Console
from rich.text import Text

from grader.learn.progress import Progress
from grader.report.text import STYLES
from grader.stages import MAX_POINTS, PARTS, STAGES, Stage

WORDS = {
    "passed": "done",
    "failed": "not right yet",
    "error": "cannot be imported",
    "in_progress": "in progress",
    "not_checked": "changed, not checked",
    "not_started": "",
}
SECOND_DOOR = 8  # a learner may also start with the model


def print_status(console: Console, progress: Progress) -> None:
    """Print every stage with how it stands, and the one thing to do now."""
    statuses = progress.statuses()
    following = progress.next_stage(statuses)
    fresh = set(statuses.values()) == {"not_started"}
    total = 0
    for stage in STAGES:
        status = statuses[stage.number]
        counts = status not in ("not_checked", "not_started")
        points = progress.verdicts[stage.number].points if counts else 0
        total += points
        if stage.number in PARTS:
            console.print(Text(f"\n{PARTS[stage.number]}", style="bold"))
        here = stage == following or (fresh and stage.number == SECOND_DOOR)
        line = Text(f"{'>' if here else ' '} s{stage.number:02d}  {stage.title:<26}")
        line.append(f"{points:>3} of {stage.points:>2} points  ")
        line.append(WORDS[status], style=STYLES.get(status, "yellow"))
        console.print(line)
    done = sum(status == "passed" for status in statuses.values())
    console.print(f"\n{done} of {len(STAGES)} stages done, {total} of {MAX_POINTS} points")
    if following is None:
        console.print("All of it is yours. `grader answer` runs your model.")
    elif fresh:
        console.print(f"\nStart with the text (s01) or with the model (s{SECOND_DOOR:02d}).")
        _print_what_to_do(console, following)
    else:
        console.print()
        _print_what_to_do(console, following)


def _print_what_to_do(console: Console, stage: Stage) -> None:
    number = stage.number
    console.print(
        Text(f"Next: s{number:02d} {stage.title}, about {stage.minutes} minutes", style="bold")
    )
    console.print(f"  {stage.objective}")
    console.print(f"  grader lesson {number}")
    if stage.has_code:
        console.print(f"  grader watch {number}   and write exercises/{stage.name}.py beside it")
    else:
        console.print(f"  grader check {number}")
