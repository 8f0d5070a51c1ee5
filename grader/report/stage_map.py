"""The map of stages."""

from rich.console import Console
from rich.text import Text

from grader.kata import Kata
from grader.learn.progress import Progress
from grader.report.verdict_text import STYLES
from grader.stage import Stage
from grader.stages import part_of

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
    kata, statuses = progress.kata, progress.statuses()
    following = progress.next_stage(statuses)
    fresh = set(statuses.values()) == {"not_started"}
    doors = [following.number] if following else []
    doors += [SECOND_DOOR] if fresh else []
    total, part = 0, ""
    for stage in kata.stages:
        status = statuses[stage.number]
        counts = status not in ("not_checked", "not_started")
        points = progress.verdicts[stage.number].points if counts else 0
        total += points
        if part != (part := part_of(stage)):
            console.print(Text(f"\n{part}", style="bold"))
        here = ">" if stage.number in doors else " "
        line = Text(f"{here} s{stage.number:02d}  {stage.title:<26}")
        line.append(f"{points:>3} of {kata.points(stage):>2} points  ")
        line.append(WORDS[status] or _remark(kata, stage, statuses), STYLES.get(status, "yellow"))
        console.print(line)
    done = sum(status == "passed" for status in statuses.values())
    most = sum(kata.points(stage) for stage in kata.stages)
    console.print(f"\n{done} of {len(kata.stages)} stages done, {total} of {most} points")
    if kata.handout:
        more = sum(stage.points for stage in kata.stages) - most
        console.print(f"Your teacher's grading decides; {more} more points are in tests not here.")
    if following is None:
        console.print("All of it is yours. `grader answer` runs your model.")
    elif fresh:
        if {1, SECOND_DOOR} <= statuses.keys():
            console.print(f"\nStart with the text (s01) or with the model (s{SECOND_DOOR:02d}).")
        _print_what_to_do(console, following)
    else:
        console.print()
        _print_what_to_do(console, following)


def _remark(kata: Kata, stage: Stage, statuses: dict[int, str]) -> str:
    """Say what there is to know of a stage that is not begun."""
    if kata.handout is None:
        return ""
    first = [one for one in kata.handout.waits_for(stage) if statuses[one.number] != "passed"]
    if first:
        return "after " + ", ".join(f"s{one.number:02d}" for one in first)
    return "its solution is in solutions/" if stage.number in kata.handout.revealed else ""


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
