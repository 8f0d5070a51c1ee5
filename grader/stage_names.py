"""Find stages by what users call them: `9`, `rms_norm`, `1-7,9`."""

import difflib

from grader.errors import UsageError
from grader.language import tr
from grader.stage import Stage
from grader.stages import STAGES

CORE = "1-20"  # the stages of the kata without its bonus, as users write them


def find_stage(text: str) -> Stage:
    """Return the stage that a user means by `9`, `s09`, `rms_norm` or `s09_rms_norm`.

    Raises:
        UsageError: if there is no such stage; the message suggests the closest one.
    """
    wanted = text.strip().lower().removesuffix(".py").removeprefix("test_")
    for stage in STAGES:
        numbers = (str(stage.number), f"{stage.number:02d}", f"s{stage.number}", stage.name[:3])
        if wanted in (*numbers, stage.slug, stage.name):
            return stage
    names = [name for stage in STAGES for name in (stage.slug, stage.name, stage.name[:3])]
    near = difflib.get_close_matches(wanted, names, n=1)
    hint = tr("`grader status` lists all stages")
    if near:
        hint = tr("did you mean {name}?", name=near[0])
    raise UsageError(tr("no stage is called {text!r}: {hint}", text=text, hint=hint))


def parse_stages(text: str) -> tuple[Stage, ...]:
    """Return the stages that a text such as `1-7,9` means, in the order of the table.

    Raises:
        UsageError: if a part of the text is not a stage; the message names that part.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise UsageError(tr("{text!r} names no stage: write, for example, 1-7,9", text=text))
    numbers = {number for part in parts for number in _numbers(part)}
    return tuple(stage for stage in STAGES if stage.number in numbers)


def shown_range(stages: tuple[Stage, ...]) -> str:
    """Return stages as text that `parse_stages` can read."""
    runs: list[list[int]] = []
    for number in sorted(stage.number for stage in stages):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _numbers(part: str) -> range:
    first, dash, last = part.partition("-")
    begin = find_stage(first).number
    end = find_stage(last).number if dash else begin
    if end < begin:
        forward = f"{last.strip()}-{first.strip()}"
        raise UsageError(tr("{part} is backwards: write {forward}", part=part, forward=forward))
    return range(begin, end + 1)
