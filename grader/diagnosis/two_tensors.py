"""Compare two tensors, what came and what was expected, in double precision."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from grader.language import Words, tr, tr_n

HALVES = (torch.float16, torch.bfloat16)
CLOSE, CLOSE_HALF = 1e-4, 2e-2
MANY = 0.25  # of the entries that aren't zero
Named = tuple[str, Tensor]  # words for a value, and the value


@dataclass(frozen=True)
class Problem:
    """What a relation may mention in addition to the two tensors."""

    given: Sequence[Named] = ()  # arguments
    landmarks: Sequence[Named] = ()  # values on the way to the right result
    numbers: Mapping[str, float] = field(default_factory=dict)  # of the problem, such as d

    @property
    def values(self) -> list[Named]:
        return [*self.given, *self.landmarks]


@dataclass(frozen=True)
class Look:
    """The two tensors in double precision, and how close counts as equal."""

    got: Tensor
    expected: Tensor
    problem: Problem
    near: float

    def alike(self, one: Tensor, other: Tensor) -> bool:
        """Return whether two tensors of one shape are equal up to rounding, and not all zero."""
        return _are_near(one, other, self.near) and not _only_tiny(one, other, self.near)

    def has_the_same_entries(self) -> bool:
        """Return whether the two hold the same entries in any order; False if they aren't exact
        enough to tell."""
        if self.near > CLOSE or self.got.is_complex() or self.got.numel() != self.expected.numel():
            return False
        return self.alike(self.got.flatten().sort().values, self.expected.flatten().sort().values)

    def is_got(self, candidate: Tensor) -> bool:
        return self.alike(candidate, self.got)


def is_alike(got: Tensor, expected: Tensor) -> bool:
    """Return whether two tensors have one shape, and the same entries up to rounding."""
    half = got.dtype in HALVES or expected.dtype in HALVES
    return _are_near(wide(got), wide(expected), CLOSE_HALF if half else CLOSE)


def _are_near(one: Tensor, other: Tensor, near: float) -> bool:
    if one.shape != other.shape or one.is_complex() != other.is_complex():
        return False
    finite = other.isfinite()
    if not torch.equal(finite, one.isfinite()) or not bool(finite.any()):
        return False
    one, other = one[finite], other[finite]
    size = float(other.abs().max())
    return size > 0 and bool(((one - other).abs() <= near * (other.abs() + size)).all())


def is_constant(tensor: Tensor) -> bool:
    """Return whether all entries are the same number."""
    return bool((tensor == tensor.flatten()[0]).all()) if tensor.numel() else True


def _only_tiny(one: Tensor, other: Tensor, near: float) -> bool:
    """Return whether many entries of two near tensors differ, and are only near because they are
    tiny next to the largest."""
    one, other = one[other.isfinite()], other[other.isfinite()]
    larger = torch.maximum(one.abs(), other.abs())
    apart = (one - other).abs() > 10 * near * larger
    return int(apart.sum()) > MANY * int((larger > 0).sum())


@dataclass(frozen=True)
class Line:
    """The words for a line of a tensor: an entry, a column, a row or a matrix."""

    one: Words
    many: Words
    extra: Callable[[int], Words]  # says how many extra ones there are


def lines(tensor: Tensor) -> Iterator[tuple[int, Line]]:
    """Yield each dimension with its words: columns are along the last, rows along the one
    before."""
    words = {1: _column if tensor.dim() > 1 else _entry, 2: _row, 3: _matrix}
    for dim in range(tensor.dim()):
        if line := words.get(tensor.dim() - dim):
            yield dim, line()


def _entry() -> Line:
    return Line(
        tr("entry"),
        tr("entries"),
        lambda count: tr_n("{count} extra entry", "{count} extra entries", count),
    )


def _column() -> Line:
    return Line(
        tr("column"),
        tr("columns"),
        lambda count: tr_n("{count} extra column", "{count} extra columns", count),
    )


def _row() -> Line:
    return Line(
        tr("row"),
        tr("rows"),
        lambda count: tr_n("{count} extra row", "{count} extra rows", count),
    )


def _matrix() -> Line:
    return Line(
        tr("matrix"),
        tr("matrices"),
        lambda count: tr_n("{count} extra matrix", "{count} extra matrices", count),
    )


def along(tensor: Tensor, dim: int, part: slice) -> Tensor:
    return tensor[(slice(None),) * dim + (part,)]


def wide(tensor: Tensor) -> Tensor:
    return tensor.detach().to(torch.complex128 if tensor.is_complex() else torch.float64)
