"""Where the wrong values are, in words: the last row, every second column, above the diagonal."""

from dataclasses import dataclass

import torch

from grader.language import Words, mark, tr

MOSTLY = 0.75  # of a region has to be wrong for the region to be named


def pattern_of(wrong: torch.Tensor) -> Words | None:
    """Describe the smallest simple region that holds all wrong values and is mostly wrong, in words
    such as "only in the last row"; None if nothing simple describes it."""
    wrong = as_rows(wrong)
    if bool(wrong.all()) or wrong.numel() < 4:
        return None
    return _lines(wrong, _ROWS) or _lines(wrong.T, _COLUMNS) or _triangle(wrong)


def as_rows(tensor: torch.Tensor) -> torch.Tensor:
    """View a tensor as rows of its last dimension."""
    return tensor.reshape(-1, tensor.shape[-1]) if tensor.dim() else tensor.reshape(1, 1)


@dataclass(frozen=True)
class _Words:
    """What is said of wrong rows, or of wrong columns."""

    first: str
    last: str
    one: str
    all_but_first: str
    all_but_last: str
    all_but_one: str
    every_second: str
    two: str
    some: str


_ROWS = _Words(
    mark("only in the first row"),
    mark("only in the last row"),
    mark("only in row {at}"),
    mark("everywhere except in the first row"),
    mark("everywhere except in the last row"),
    mark("everywhere except in row {at}"),
    mark("in every second row, starting with row {first}"),
    mark("only in rows {first} and {last}"),
    mark("only in rows {first} to {last}"),
)
_COLUMNS = _Words(
    mark("only in the first column"),
    mark("only in the last column"),
    mark("only in column {at}"),
    mark("everywhere except in the first column"),
    mark("everywhere except in the last column"),
    mark("everywhere except in column {at}"),
    mark("in every second column, starting with column {first}"),
    mark("only in columns {first} and {last}"),
    mark("only in columns {first} to {last}"),
)


def _lines(wrong: torch.Tensor, words: _Words) -> Words | None:
    """Describe whole rows of wrong values, or columns of a transposed tensor."""
    count, bad = len(wrong), wrong.any(dim=1)
    if bool(bad.all()) or float(wrong[bad].float().mean()) < MOSTLY:
        return None
    indices, right = bad.nonzero()[:, 0].tolist(), (~bad).nonzero()[:, 0].tolist()
    first, last = indices[0], indices[-1]
    if len(indices) == 1:
        return tr({0: words.first, count - 1: words.last}.get(first, words.one), at=first)
    if len(right) == 1:
        ends = {0: words.all_but_first, count - 1: words.all_but_last}
        return tr(ends.get(right[0], words.all_but_one), at=right[0])
    if indices == list(range(first, count, 2)) and first < 2:
        return tr(words.every_second, first=first)
    if last - first == len(indices) - 1:
        return tr(words.two if len(indices) == 2 else words.some, first=first, last=last)
    return None


def _triangle(wrong: torch.Tensor) -> Words | None:
    """Describe a triangle or the diagonal of a square."""
    if wrong.shape[0] != wrong.shape[1]:
        return None
    everywhere = torch.ones_like(wrong)
    diagonal = everywhere.triu().tril()
    regions = {
        mark("only on the diagonal"): diagonal,
        mark("only above the diagonal"): everywhere.triu(1),
        mark("only below the diagonal"): everywhere.tril(-1),
        mark("on and above the diagonal"): everywhere.triu(),
        mark("on and below the diagonal"): everywhere.tril(),
        mark("everywhere except on the diagonal"): ~diagonal,
    }
    for words, region in regions.items():
        outside = bool((wrong & ~region).any())
        if not outside and float(wrong[region].float().mean()) >= MOSTLY:
            return tr(words)
    return None
