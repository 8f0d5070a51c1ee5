"""The hints in a lesson: one more each time, and those already shown."""

import re
from dataclasses import dataclass

from grader.errors import UsageError
from grader.kata import Kata
from grader.language import tr
from grader.learn.lesson import HINT, read_lesson
from grader.learn.state_dir import read_state, save_state, write_state
from grader.stage import Stage

_SHOWN = "hints.json"  # how many hints of each stage have been shown


@dataclass(frozen=True)
class Hint:
    """One hint, and what the hint after it is about."""

    title: str  # such as "Hint 2 of 3: what to do"
    text: str
    following: str | None  # such as "almost the line"; None for the last hint


def hints_of(kata: Kata, stage: Stage) -> list[tuple[str, str]]:
    """Return the title and the text of each hint in a stage's lesson.

    Raises:
        UsageError: if the lesson's file is missing.
    """
    found = HINT.finditer(read_lesson(kata, stage))
    return [(match["title"].strip(), match["text"].strip()) for match in found]


def next_hint(kata: Kata, stage: Stage) -> Hint:
    """Return the first hint that has not been shown, or the last hint if all have been.

    Raises:
        UsageError: if the lesson's file is missing or has no hints.
    """
    hints = _all_hints(kata, stage)
    if not hints:
        raise UsageError(tr("the lesson of {name} has no hints", name=stage.name))
    shown = read_state(kata, _SHOWN, dict[str, int])
    count = min(shown.get(stage.name, 0) + 1, len(hints))
    save_state(kata, _SHOWN, {**shown, stage.name: count})
    return hints[count - 1]


def seen_hints(kata: Kata, stage: Stage) -> list[Hint]:
    """Return the hints that have been shown, in order; this doesn't count as showing them.

    Raises:
        UsageError: if the lesson's file is missing.
    """
    count = read_state(kata, _SHOWN, dict[str, int]).get(stage.name, 0)
    return _all_hints(kata, stage)[: max(count, 0)]


def seen_hint(kata: Kata, stage: Stage, number: int) -> Hint:
    """Return one hint that has been shown, by its number, counted from 1.

    Raises:
        UsageError: if the lesson's file is missing, or that hint has not been shown.
    """
    seen, total = seen_hints(kata, stage), len(hints_of(kata, stage))
    if number > total:
        raise UsageError(
            tr(
                "{name} has no hint {number}: its hints are 1 to {total}",
                name=stage.name,
                number=number,
                total=total,
            )
        )
    if number > len(seen):
        raise UsageError(
            tr(
                "you haven't seen hint {number} of {name} yet: `grader hint {stage}` shows hint "
                "{following} next",
                number=number,
                name=stage.name,
                stage=stage.number,
                following=len(seen) + 1,
            )
        )
    return seen[number - 1]


def _all_hints(kata: Kata, stage: Stage) -> list[Hint]:
    written = hints_of(kata, stage)
    topics = [re.split("[:：]", title, maxsplit=1)[-1].strip() for title, _ in written]
    return [
        Hint(
            tr(
                "Hint {number} of {total}: {topic}",
                number=number,
                total=len(written),
                topic=topics[number - 1],
            ),
            text,
            topics[number] if number < len(written) else None,
        )
        for number, (_, text) in enumerate(written, start=1)
    ]


def forget_hints(kata: Kata, stage: Stage) -> None:
    """Make the first hint of a stage the next one again."""
    shown = read_state(kata, _SHOWN, dict[str, int])
    if shown.pop(stage.name, None) is not None:
        write_state(kata, _SHOWN, shown)
