"""Statistics of a class: points, how each stage went, and what went wrong most often."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import mean, median

from grader.classroom.graded_submission import STATUS_WORDS, GradedSubmission, stage_title
from grader.classroom.grades.grade import Grade
from grader.classroom.grades.points import as_points
from grader.verdict import StageVerdict

BINS = 10


@dataclass(frozen=True)
class Piece:
    """One piece of a bar: it begins at `start` and has length `size`, both in percent."""

    kind: str
    start: float
    size: float
    label: str


@dataclass(frozen=True)
class Bar:
    """A bar made of pieces, and its description in words."""

    words: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Common:
    """Something that went wrong in `count` submissions."""

    stage: int
    name: str
    count: int
    explanation: str

    @property
    def title(self) -> str:
        """The title of the stage."""
        return stage_title(self.stage)


def averages(grades: Sequence[Grade]) -> str:
    """Return the mean and the median points of grades, in words."""
    points = [Fraction(one.points) for one in grades]
    possible = max(one.max_points for one in grades)
    return (
        f"mean {float(mean(points)):.1f}, median {as_points(median(points))} of {possible} points"
    )


def stage_bar(verdicts: Sequence[StageVerdict]) -> Bar:
    """Return how one stage went in a class, as a bar with one piece per status."""
    counts = Counter(verdict.status for verdict in verdicts)
    words, pieces, start = [], [], 0.0
    for status, label in STATUS_WORDS.items():
        if counts[status]:
            size = 100 * counts[status] / len(verdicts)
            words.append(f"{counts[status]} {label}")
            pieces.append(Piece(status, round(start, 2), round(size, 2), label))
            start += size
    return Bar(", ".join(words), tuple(pieces))


def histogram(grades: Sequence[Grade]) -> Bar:
    """Return a histogram of grades in ten bins; `start` is the empty height above a bin."""
    counts = Counter(
        min(BINS - 1, int(BINS * one.points // max(1, one.max_points))) for one in grades
    )
    highest = max(counts.values(), default=1)
    words, pieces = [], []
    for tenth in range(BINS):
        first, last = 10 * tenth, 100 if tenth == BINS - 1 else 10 * tenth + 9  # percent
        size = round(100 * counts[tenth] / highest, 2)
        pieces.append(Piece(f"{first} to {last}", 100 - size, size, str(counts[tenth] or "")))
        if counts[tenth]:
            words.append(f"{counts[tenth]} at {first} to {last} percent")
    return Bar("Submissions by percentage of points: " + ", ".join(words), tuple(pieces))


def commonest(done: Sequence[GradedSubmission], *, known: bool) -> list[Common]:
    """Count the submissions with each known mistake, or with each test that fails without one.

    The most common is first; ties are in the order of the stages.

    Args:
        done: the graded submissions.
        known: whether to count known mistakes, or else tests that fail for another reason.
    """
    counts: Counter[tuple[int, str]] = Counter()
    explanations: dict[tuple[int, str], str] = {}
    for one in done:
        found = {
            (verdict.number, name): test
            for verdict in one.verdicts
            if not verdict.import_error  # it fails every test, whatever the test checks
            for test in verdict.tests
            if test.is_wrong and bool(test.names) == known
            for name in test.names or [test.name.removeprefix("test_")]
        }
        counts.update(found.keys())
        for key, test in found.items():
            if known and (len(test.names) == 1 or key not in explanations):  # prefer its own text
                explanations[key] = test.explanation
    return [
        Common(key[0], key[1].replace("_", " "), count, explanations.get(key, ""))
        for key, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
