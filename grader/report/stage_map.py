"""The map of stages."""

from collections.abc import Collection

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from grader.kata import Kata
from grader.language import in_a_row, mark, tr
from grader.learn.progress import Progress
from grader.report.verdict_text import STYLES
from grader.report.wide_text import pad_cells
from grader.stage import Stage
from grader.stages import part_of

WORDS = {
    "passed": mark("done"),
    "failed": mark("not right yet"),
    "error": mark("can't be imported"),
    "in_progress": mark("in progress"),
    "not_checked": mark("not checked yet"),
    "outdated": mark("checked by an older version"),
    "not_started": "",
}
_TITLE = 26  # columns, or more if a title needs them
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
    width = max(_TITLE, *(cell_len(tr(stage.title)) + 2 for stage in kata.stages))
    part = ""
    for stage in kata.stages:
        if part != (part := part_of(stage)):
            console.print(Text(f"\n{tr(part)}", style="bold"))
        here = ">" if stage.number in doors else " "
        line = Text(f"{here} s{stage.number:02d}  {pad_cells(tr(stage.title), width)}")
        line.append(
            tr("{points:>3} of {most:>2} points", points=earned[stage], most=kata.points(stage))
        )
        status = statuses[stage.number]
        words = tr(WORDS[status]) if WORDS[status] else remark_on(kata, stage, passed)
        if words:
            line.append("  ").append(words, STYLES.get(status, "yellow"))
        console.print(line)
    core = [stage for stage in kata.stages if not stage.bonus]
    done = sum(stage.number in passed for stage in core)
    console.print()
    console.print(
        tr(
            "{done} of {count} stages done, {points}",
            done=done,
            count=len(core),
            points=points_in_words(kata, earned),
        )
    )
    if remark := remark_on_outdated(progress):
        console.print(remark)
    if not kata.has_reference:
        more = sum(stage.points - kata.points(stage) for stage in kata.stages)
        remark = tr(
            "Your teacher's grading counts; its other tests have {count} more points.", count=more
        )
        console.print(remark)
    if done == len(core):
        console.print(tr("Every stage is yours now. `grader answer` runs your model."))
        console.print(what_comes_after(kata))
    if following is None:
        return
    console.print()
    if fresh and {1, SECOND_DOOR} <= statuses.keys():
        second = f"s{SECOND_DOOR:02d}"
        console.print(tr("Start with the text (s01) or with the model ({second}).", second=second))
    _print_what_to_do(console, following)


def what_comes_after(kata: Kata) -> str:
    """Return what to read and to keep once all core stages are done."""
    if not kata.closing_lesson.is_file():  # a handout may have no use for it
        return tr("`grader certificate` writes a page to keep.")
    return tr(
        "`grader lesson after_42` says what comes after it, and `grader certificate` writes a page "
        "to keep."
    )


def points_in_words(kata: Kata, earned: dict[Stage, int]) -> str:
    """Return the points earned and, if there are bonus stages, the bonus points."""
    words = []
    for bonus in (False, True):
        stages = [stage for stage in earned if stage.bonus == bonus]
        points, most = sum(earned[one] for one in stages), sum(map(kata.points, stages))
        if stages:
            counts = {"points": points, "most": most}
            words.append(
                tr("{points} of {most} bonus points", **counts)
                if bonus
                else tr("{points} of {most} points", **counts)
            )
    return tr(", ").join(words)


def remark_on_outdated(progress: Progress) -> str:
    """Say how to grade what an older version has graded; empty if there is nothing of that kind."""
    old = [stage for stage in progress.kata.stages if progress.outdated(stage)]
    bonus = [str(stage.number) for stage in old if stage.bonus]
    commands = ["`grader check --all`"] if len(bonus) < len(old) else []
    commands += [f"`grader check {' '.join(bonus)}`"] if bonus else []
    if not commands:
        return ""
    if len(commands) == 1:
        return tr(
            "Checked by an older version of the kata: {command} grades again.", command=commands[0]
        )
    first, second = commands
    return tr(
        "Checked by an older version of the kata: {first} and {second} grade again.",
        first=first,
        second=second,
    )


def remark_on(kata: Kata, stage: Stage, passed: Collection[int]) -> str:
    """Return what to know about a stage that has not been started."""
    first = [one for one in kata.waits_for(stage) if one.number not in passed]
    if first:
        return tr("after {stages}", stages=in_a_row(f"s{one.number:02d}" for one in first))
    revealed = not kata.has_reference and kata.solution(stage).is_file()
    return tr("its solution is in solutions/") if revealed else ""


def _print_what_to_do(console: Console, stage: Stage) -> None:
    number = stage.number
    following = tr(
        "Next: s{number:02d} {title}, about {minutes} minutes",
        number=number,
        title=tr(stage.title),
        minutes=stage.minutes,
    )
    console.print(Text(following, style="bold"))
    console.print(f"  {tr(stage.objective)}")
    console.print(f"  grader lesson {number}")
    if stage.has_code:
        file = f"exercises/{stage.name}.py"
        meanwhile = tr("while you write {file}", file=file)
        console.print(f"  grader watch {number:<3} {meanwhile}")
    else:
        console.print(f"  grader check {number}")
