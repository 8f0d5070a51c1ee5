"""Where wrong values stand, in words: the last row, every second column, above the diagonal."""

from collections.abc import Sequence

import torch

MOSTLY = 0.75  # of a region has to be wrong for the region to be named


def pattern_of(wrong: torch.Tensor) -> str | None:
    """Describe the smallest simple region that holds all wrong values and is mostly wrong.

    Args:
        wrong: bool, `[rows, columns]`, with at least one True.

    Returns:
        words such as "only in the last row"; None when nothing simple describes it.
    """
    rows, columns = wrong.shape
    if bool(wrong.all()) or rows * columns < 4:
        return None
    return _lines(wrong, "row") or _lines(wrong.T, "column") or _triangle(wrong)


def _lines(wrong: torch.Tensor, kind: str) -> str | None:
    """Describe whole rows (or columns, transposed) of wrong values."""
    count = len(wrong)
    bad = wrong.any(dim=1)
    places = [int(place) for place in bad.nonzero()]
    if len(places) == count or float(wrong[bad].float().mean()) < MOSTLY:
        return None
    return _places(places, count, kind)


def _places(places: Sequence[int], count: int, kind: str) -> str | None:
    first, last = places[0], places[-1]
    if len(places) == 1:
        name = {0: f"the first {kind}", count - 1: f"the last {kind}"}.get(first, f"{kind} {first}")
        return f"only in {name}"
    if len(places) == count - 1:
        (right,) = set(range(count)) - set(places)
        name = {0: f"the first {kind}", count - 1: f"the last {kind}"}.get(right, f"{kind} {right}")
        return f"everywhere but in {name}"
    if places == list(range(first, count, 2)) and first < 2:
        return f"in every second {kind}, from {kind} {first}"
    if last - first == len(places) - 1:
        return f"only in {kind}s {first} to {last}"
    return None


def _triangle(wrong: torch.Tensor) -> str | None:
    """Describe a triangle or the diagonal of a square."""
    if wrong.shape[0] != wrong.shape[1]:
        return None
    everywhere = torch.ones_like(wrong)
    regions = {
        "only on the diagonal": everywhere.triu() & everywhere.tril(),
        "only above the diagonal": everywhere.triu(1),
        "only below the diagonal": everywhere.tril(-1),
        "on and above the diagonal": everywhere.triu(),
        "on and below the diagonal": everywhere.tril(),
        "everywhere but on the diagonal": ~(everywhere.triu() & everywhere.tril()),
    }
    for words, region in regions.items():
        outside = bool((wrong & ~region).any())
        if not outside and float(wrong[region].float().mean()) >= MOSTLY:
            return words
    return None
