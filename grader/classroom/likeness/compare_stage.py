"""Compare what a class handed in for one stage: each submission with each other one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.classroom.likeness.code_tokens import tokens_of, with_plain_lines
from grader.classroom.likeness.winnowing import k_grams, winnow
from grader.stubs import unwritten_in

# likeness.html says both of these in words.
COMMON = 1 / 3  # what a larger share of the class has counts for nothing
ALIKE = 1 / 3  # two files that share so much of what counts are called alike
_FEW = 3  # in a small class, what so many have still counts
_AT_ONCE = 2048  # fingerprints in one matrix product

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class StageComparison:
    """How alike any two submissions are in one stage: arrays with a row and a column for each."""

    likeness: Floats  # 0: nothing that counts in common; 1: all of it
    identical: NDArray[np.bool_]  # whether the whole files are the same, character for character
    alike: NDArray[np.bool_]  # whether they are called alike
    weight: Floats  # how rare it is in this class to be at least as alike, see `_rarity`
    written: NDArray[np.bool_]  # of each submission: whether it has code of its own
    common: frozenset[int]  # hashes that count for nothing


def compare_stage(texts: Sequence[str], given: Sequence[str]) -> StageComparison:
    """Compare the files of one stage.

    Args:
        texts: one per submission; '' where there is none.
        given: the stub and the reference: what they contain counts for nothing.
    """
    plain = [with_plain_lines(text) for text in texts]
    files = [k_grams(tokens_of(text)) for text in plain]
    had_by = Counter(one for file in files for one in set(file))
    most = max(_FEW, COMMON * len(files))
    common = {one for one, count in had_by.items() if count > most}
    for text in given:
        common.update(k_grams(tokens_of(with_plain_lines(text))))
    prints = [winnow(file) - common for file in files]
    likeness = _likeness(prints)
    identical = _identical(plain, prints, given)
    written = np.array([bool(text) and not unwritten_in(text) for text in plain])
    alike = (likeness >= ALIKE) | identical
    weight = np.where(alike, _rarity(likeness + identical), 0.0)
    return StageComparison(likeness, identical, alike, weight, written, frozenset(common))


def _likeness(prints: Sequence[frozenset[int]]) -> Floats:
    """Return what any two have in common, divided by what either has; rare prints weigh more."""
    count = len(prints)
    had_by = Counter(one for some in prints for one in some)
    weights = {one: np.log2(count / times) for one, times in had_by.items()}
    own = np.array([sum(weights[one] for one in some) for some in prints])
    several = [one for one, times in had_by.items() if times > 1]
    shared = np.zeros((count, count))
    for start in range(0, len(several), _AT_ONCE):
        columns = {one: place for place, one in enumerate(several[start : start + _AT_ONCE])}
        has = np.zeros((count, len(columns)))
        for row, some in enumerate(prints):
            has[row, [columns[one] for one in some if one in columns]] = 1
        shared += (has * [weights[one] for one in columns]) @ has.T
    either = own[:, None] + own[None, :] - shared
    return np.round(np.divide(shared, either, out=np.zeros_like(shared), where=either > 0), 6)


def _identical(
    texts: Sequence[str], prints: Sequence[frozenset[int]], given: Sequence[str]
) -> NDArray[np.bool_]:
    """Return which files are the same; stubs and the reference are the same for everybody."""
    everybody = {"", *map(with_plain_lines, given)}
    numbers: dict[str, int] = {}
    of_each = []
    for place, (text, some) in enumerate(zip(texts, prints, strict=True)):
        counts = text not in everybody and (some or not unwritten_in(text))
        of_each.append(numbers.setdefault(text, place) if counts else -1 - place)
    labels = np.array(of_each)
    return np.asarray(labels[:, None] == labels[None, :])


def _rarity(alike: Floats) -> Floats:
    """Return how few pairs are at least as alike, in powers of two.

    It is 1 if half of all pairs are at least as alike, 2 if a quarter are, and so on.
    """
    each = np.sort(alike[np.triu_indices(len(alike), 1)])
    at_least = len(each) - np.searchsorted(each, alike, side="left")
    share = np.maximum(at_least, 1) / max(1, len(each))
    return np.maximum(0.0, -np.log2(share))
