"""The hints of a lesson, one more each time."""

from dataclasses import dataclass

from grader.errors import UsageError
from grader.kata import Kata
from grader.learn.lesson import HINT, read_lesson
from grader.learn.state_dir import read_state, write_state
from grader.stage import Stage

_SHOWN = "hints.json"  # how many hints of each stage have been shown


@dataclass(frozen=True)
class Hint:
    """One hint: its title, its text, and what the next one is about."""

    title: str  # such as "Hint 2 of 3: what to do"
    text: str
    following: str | None  # such as "almost the line"; None after the last


def hints_of(kata: Kata, stage: Stage) -> list[tuple[str, str]]:
    """Return the title and the text of each hint in a stage's lesson.

    Raises:
        UsageError: when the lesson's file is not there.
    """
    found = HINT.finditer(read_lesson(kata, stage))
    return [(match["title"].strip(), match["text"].strip()) for match in found]


def next_hint(kata: Kata, stage: Stage) -> Hint:
    """Return one more hint than last time (the last one again when there are no more).

    Raises:
        UsageError: when the lesson's file is not there, or has no hints.
    """
    hints = hints_of(kata, stage)
    if not hints:
        raise UsageError(f"{stage.name} has no hints: nothing is written in it")
    shown = read_state(kata, _SHOWN, dict[str, int])
    count = min(shown.get(stage.name, 0) + 1, len(hints))
    write_state(kata, _SHOWN, {**shown, stage.name: count})
    (title, text), following = hints[count - 1], hints[count : count + 1]
    title = title.replace(f"Hint {count}:", f"Hint {count} of {len(hints)}:")
    return Hint(title, text, following[0][0].partition(": ")[2] if following else None)


def forget_hints(kata: Kata, stage: Stage) -> None:
    """Start again with the first hint."""
    shown = read_state(kata, _SHOWN, dict[str, int])
    if shown.pop(stage.name, None) is not None:
        write_state(kata, _SHOWN, shown)
