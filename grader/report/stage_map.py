"""The map of stages."""

from collections.abc import Collection

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
    "error": "can't be imported",
    "in_progress": "in progress",
    "not_checked": "not checked yet",
    "outdated": "checked by an older version",
    "not_started": "",
}
SECOND_DOOR = 8  # learners may also start with the model


def print_status(console: Console, progress: Progress) -> None:
    """Print every stage with its points and status, and what to do next."""
    kata = progress.kata
    statuses = {stage.number: progress.status(stage) for stage in kata.stages}
    passed = {number for number, status in statuses.items() if status == "passed"}
    following = progress.next_stage(passed)
    fresh = set(statuses.values()) == {"not_started"}
    doors = [following.number] if following else []
    doors += [SECOND_DOOR] if fresh else []
    verdicts = {stage: progress.current(stage) for stage in kata.stages}
    earned = {stage: verdict.points if verdict else 0 for stage, verdict in verdicts.items()}
    part = ""
    for stage in kata.stages:
        if part != (part := part_of(stage)):
            console.print(Text(f"\n{part}", style="bold"))
        here = ">" if stage.number in doors else " "
        line = Text(f"{here} s{stage.number:02d}  {stage.title:<26}")
        line.append(f"{earned[stage]:>3} of {kata.points(stage):>2} points")
        status = statuses[stage.number]
        if words := WORDS[status] or remark_on(kata, stage, passed):
            line.append("  ").append(words, STYLES.get(status, "yellow"))
        console.print(line)
    core = [stage for stage in kata.stages if not stage.bonus]
    done = sum(stage.number in passed for stage in core)
    console.print(f"\n{done} of {len(core)} stages done, {points_in_words(kata, earned)}")
    if remark := remark_on_outdated(progress):
        console.print(remark)
    if not kata.has_reference:
        more = sum(stage.points - kata.points(stage) for stage in kata.stages)
        console.print(f"Your teacher's grading counts; its other tests have {more} more points.")
    if done == len(core):
        console.print("Every stage is yours now. `grader answer` runs your model.")
        console.print(what_comes_after(kata))
    if following is None:
        return
    console.print()
    if fresh and {1, SECOND_DOOR} <= statuses.keys():
        console.print(f"Start with the text (s01) or with the model (s{SECOND_DOOR:02d}).")
    _print_what_to_do(console, following)


def what_comes_after(kata: Kata) -> str:
    """Return what to read and to keep once all core stages are done."""
    page = "`grader certificate` writes a page to keep"
    if not kata.closing_lesson.is_file():  # a handout may have no use for it
        return f"{page}."
    return f"`grader lesson after_42` says what comes after it, and {page}."


def points_in_words(kata: Kata, earned: dict[Stage, int]) -> str:
    """Return the points earned and, if there are bonus stages, the bonus points."""
    words = []
    for bonus in (False, True):
        stages = [stage for stage in earned if stage.bonus == bonus]
        points, most = sum(earned[one] for one in stages), sum(map(kata.points, stages))
        words += [f"{points} of {most} {'bonus ' * bonus}points"] if stages else []
    return ", ".join(words)


def remark_on_outdated(progress: Progress) -> str:
    """Say how to grade what an older version has graded; empty if there is nothing of that kind."""
    old = [stage for stage in progress.kata.stages if progress.outdated(stage)]
    bonus = [str(stage.number) for stage in old if stage.bonus]
    commands = ["`grader check --all`"] if len(bonus) < len(old) else []
    commands += [f"`grader check {' '.join(bonus)}`"] if bonus else []
    if not commands:
        return ""
    verb = "grades" if len(commands) == 1 else "grade"
    return f"Checked by an older version of the kata: {' and '.join(commands)} {verb} again."


def remark_on(kata: Kata, stage: Stage, passed: Collection[int]) -> str:
    """Return what to know about a stage that has not been started."""
    first = [one for one in kata.waits_for(stage) if one.number not in passed]
    if first:
        return "after " + ", ".join(f"s{one.number:02d}" for one in first)
    revealed = not kata.has_reference and kata.solution(stage).is_file()
    return "its solution is in solutions/" if revealed else ""


def _print_what_to_do(console: Console, stage: Stage) -> None:
    number = stage.number
    console.print(
        Text(f"Next: s{number:02d} {stage.title}, about {stage.minutes} minutes", style="bold")
    )
    console.print(f"  {stage.objective}")
    console.print(f"  grader lesson {number}")
    if stage.has_code:
        console.print(f"  grader watch {number:<3} while you write exercises/{stage.name}.py")
    else:
        console.print(f"  grader check {number}")
