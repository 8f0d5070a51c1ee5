"""Rank the pairs of a class by what they have in common over all stages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from grader.classroom.likeness.compare_stage import Floats, StageComparison
from grader.classroom.likeness.kept_files import KeptFiles


@dataclass(frozen=True)
class AlikeStage:
    """A stage in which two submissions are alike."""

    number: int
    likeness: float
    identical: bool
    weight: float  # how rare it is in this class to be at least as alike


@dataclass(frozen=True)
class Pair:
    """Two submissions, and the stages in which they are alike, the most telling first."""

    first: KeptFiles
    second: KeptFiles
    weight: float  # of all stages
    both: int  # how many stages both have written
    stages: tuple[AlikeStage, ...]

    @property
    def identical(self) -> int:
        """How many of the stages are the same, character for character."""
        return sum(stage.identical for stage in self.stages)


@dataclass(frozen=True)
class Ranking:
    """The pairs of a class with most in common, and what the others have."""

    submissions: int
    pairs: tuple[Pair, ...]
    median: float  # the weight that half of all pairs don't exceed
    highest: float  # the weight that one pair in a hundred exceeds


def rank_pairs(
    class_: Sequence[KeptFiles], stages: Mapping[int, StageComparison], most: int
) -> Ranking:
    """Return the pairs with the greatest weight, at most `most` of them.

    Short functions are alike by nature, so one stage says little: what counts is the sum.
    """
    rows, columns = np.triu_indices(len(class_), 1)
    total = sum((one.weight for one in stages.values()), np.zeros((len(class_), len(class_))))
    weights: Floats = total[rows, columns]
    order = np.argsort(-weights, kind="stable")[:most]
    pairs = (_pair(class_, stages, total, int(rows[one]), int(columns[one])) for one in order)
    median, highest = np.quantile(weights, (0.5, 0.99)) if len(weights) else (0.0, 0.0)
    found = tuple(pair for pair in pairs if pair.stages)
    return Ranking(len(class_), found, float(median), float(highest))


def _pair(
    class_: Sequence[KeptFiles],
    stages: Mapping[int, StageComparison],
    total: Floats,
    first: int,
    second: int,
) -> Pair:
    alike = []
    for number, one in stages.items():
        if one.alike[first, second]:
            likeness, weight = float(one.likeness[first, second]), float(one.weight[first, second])
            identical = bool(one.identical[first, second])
            alike.append(AlikeStage(number, likeness, identical, weight))
    alike.sort(key=lambda stage: (-stage.weight, stage.number))
    both = sum(bool(one.written[first] and one.written[second]) for one in stages.values())
    pair = class_[first], class_[second]
    return Pair(*pair, float(total[first, second]), both, tuple(alike))
