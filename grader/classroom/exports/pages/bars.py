"""Distributions as bars: their numbers in words, and where their rectangles stand."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from grader.classroom.exports.words import STATUS_WORDS
from grader.classroom.graded_submission import GradedSubmission
from grader.verdict import StageVerdict

BINS = 10


@dataclass(frozen=True)
class Piece:
    """One piece of a bar: `size` out of the bar's whole, from `start` on."""

    kind: str
    start: float
    size: float
    label: str


@dataclass(frozen=True)
class Bar:
    """A bar of pieces, all in percent of its length, and the same in words."""

    words: str
    pieces: tuple[Piece, ...]


def stage_bar(verdicts: Sequence[StageVerdict]) -> Bar:
    """Show how one stage stands in a class: a piece for each status."""
    counts = Counter(verdict.status for verdict in verdicts)
    pieces, start = [], 0.0
    for status, words in STATUS_WORDS.items():
        if counts[status]:
            size = 100 * counts[status] / len(verdicts)
            pieces.append(Piece(status, round(start, 2), round(size, 2), words))
            start += size
    return Bar(
        ", ".join(
            f"{counts[status]} {words}" for status, words in STATUS_WORDS.items() if counts[status]
        ),
        tuple(pieces),
    )


def histogram(done: Sequence[GradedSubmission]) -> Bar:
    """Show the totals of a class in tenths of what can be earned; `start` is unused height."""
    counts = Counter(min(BINS - 1, BINS * one.points // max(1, one.max_points)) for one in done)
    highest = max(counts.values(), default=1)
    pieces = []
    for place in range(BINS):
        size = round(100 * counts[place] / highest, 2)
        pieces.append(Piece(_range(place), 100 - size, size, str(counts[place] or "")))
    filled = [
        f"{counts[place]} at {_range(place)} percent" for place in range(BINS) if counts[place]
    ]
    return Bar("Submissions by share of the points: " + ", ".join(filled), tuple(pieces))


def _range(place: int) -> str:
    step = 100 // BINS
    return f"{place * step} to {100 if place == BINS - 1 else place * step + step - 1}"
