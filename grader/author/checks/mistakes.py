"""The known mistakes and right ways of a stage: enough of them, each told so that it helps."""

from collections import Counter

from grader.author.right_ways import right_ways_of
from grader.diagnosis.known_mistakes import Mistake, mistakes_of
from grader.kata import Kata
from grader.stage import Stage

_FEWEST_MISTAKES = 3
_FEWEST_RIGHT_WAYS = 3
_EXPLANATION = range(60, 481)  # characters: two or three sentences


def catalogue_problems(kata: Kata, stage: Stage) -> list[str]:
    """Look for mistakes that are told badly, and for lists that are too short."""
    page, mistakes = kata.shown(kata.mistakes(stage)), mistakes_of(kata, stage)
    problems = []
    if len(mistakes) < _FEWEST_MISTAKES:
        problems.append(
            f"{page} has {len(mistakes)} mistakes: add some, {_FEWEST_MISTAKES} or more"
        )
    if (ways := len(right_ways_of(kata, stage))) < _FEWEST_RIGHT_WAYS:
        problems.append(
            f"grader/author/right_ways/{stage.name}.py has {ways} right ways: "
            f"add some, {_FEWEST_RIGHT_WAYS} or more"
        )
    counts = Counter(mistake.name for mistake in mistakes)
    problems += [
        f"{page}: the name {name} is given {count} times: give each mistake its own"
        for name, count in counts.items()
        if count > 1
    ]
    for mistake in mistakes:
        problems += [f"{page}: {mistake.name} {why}" for why in _told_badly(mistake, set(counts))]
    return problems


def _told_badly(mistake: Mistake, names: set[str]) -> list[str]:
    found = []
    if not mistake.title or mistake.title.endswith("."):
        found.append(f"has the title {mistake.title!r}: say it in one line without a full stop")
    length = len(mistake.explanation)
    if length not in _EXPLANATION or "." not in mistake.explanation:
        found.append(f"is explained in {length} characters: write two or three sentences")
    if mistake.like is not None and mistake.like not in names:
        found.append(f"is like {mistake.like}, which is no mistake of this file: mend the name")
    return found
