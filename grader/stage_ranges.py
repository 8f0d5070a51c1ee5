"""Stages as a command line names several of them: `1-7,9`."""

from grader.errors import UsageError
from grader.stages import STAGES, Stage, find_stage


def parse_stages(text: str) -> tuple[Stage, ...]:
    """Give the stages that a text such as `1-7,9` means, in the order of the table.

    Raises:
        UsageError: naming the part that means no stage.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise UsageError(f"no stage is named in {text!r}: write for example 1-7,9")
    numbers = {number for part in parts for number in _numbers(part)}
    return tuple(stage for stage in STAGES if stage.number in numbers)


def shown_range(stages: tuple[Stage, ...]) -> str:
    """Write stages the way `parse_stages` reads them."""
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
        raise UsageError(f"{part} runs backwards: write {last.strip()}-{first.strip()}")
    return range(begin, end + 1)
