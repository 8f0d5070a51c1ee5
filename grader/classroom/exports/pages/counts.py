"""What went wrong in a class, most often first."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.classroom.exports.words import stage_title
from grader.classroom.graded_submission import GradedSubmission
from grader.verdict import TestVerdict


@dataclass(frozen=True)
class Common:
    """Something that went wrong in `count` submissions out of `of` that were graded."""

    stage: str
    name: str
    count: int
    of: int
    explanation: str = ""


def commonest_mistakes(done: Sequence[GradedSubmission]) -> list[Common]:
    """Count the submissions that make each known mistake."""
    explanations: dict[tuple[int, str], str] = {}
    counts: Counter[tuple[int, str]] = Counter()
    for one in done:
        made = {(stage, test.mistake): test for stage, test in _wrong(one) if test.mistake}
        counts.update((stage, name) for stage, name in made if name)
        explanations |= {
            (stage, name or ""): test.explanation for (stage, name), test in made.items()
        }
    return [
        Common(
            stage_title(stage), name.replace("_", " "), count, len(done), explanations[stage, name]
        )
        for (stage, name), count in _most_first(counts)
    ]


def commonest_unnamed(done: Sequence[GradedSubmission]) -> list[Common]:
    """Count the submissions in which each test fails without a known mistake."""
    counts: Counter[tuple[int, str]] = Counter()
    for one in done:
        counts.update({(stage, test.name) for stage, test in _wrong(one) if not test.mistake})
    return [
        Common(stage_title(stage), name.removeprefix("test_").replace("_", " "), count, len(done))
        for (stage, name), count in _most_first(counts)
    ]


def _wrong(one: GradedSubmission) -> Iterable[tuple[int, TestVerdict]]:
    """Give the tests that fail, each with its stage; a stage that cannot be imported has none."""
    for verdict in one.verdicts:
        for test in verdict.tests:
            if test.outcome in ("failed", "error") and not verdict.import_error:
                yield verdict.number, test


def _most_first(counts: Counter[tuple[int, str]]) -> list[tuple[tuple[int, str], int]]:
    """Sort by count; what is equally common stays in the order of the stages."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
