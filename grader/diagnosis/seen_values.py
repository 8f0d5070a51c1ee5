"""Find values among those that code has computed, whole and slice by slice."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from grader.calls.outcome import Seen
from grader.calls.plain_values import tensors_in
from grader.diagnosis.two_tensors import wide

NEAR = 3e-6
_ENOUGH_ROWS = 5
# What was seen comes from an untrusted process, so there may be too much of it:
_MOST_SLICES = 64
_MOST_PIECES = 4000


class Pieces:
    """What code has computed, whole and slice by slice, to be found by value."""

    def __init__(self, seen: Sequence[Seen]) -> None:
        self._by_size: dict[tuple[int, bool], list[tuple[float, int, Tensor]]] = defaultdict(list)
        for at, piece in islice(_pieces_of(seen), _MOST_PIECES):
            key = piece.numel(), piece.is_complex()
            self._by_size[key].append((_size(piece), at, piece))

    def first(self, value: Tensor) -> int | None:
        """Return the index of the first thing seen that holds a value, transposed or not."""
        return next(self._all(value), None)

    def right(self, values: Sequence[Tensor]) -> set[int]:
        """Return the indices of the things seen that hold any of some values."""
        found = map(self._all, values)
        return {at for some in found for at in some}

    def _all(self, value: Tensor) -> Iterator[int]:
        value = wide(value)
        size = _size(value)
        for other, at, piece in self._by_size[value.numel(), value.is_complex()]:
            if abs(other - size) <= NEAR * size and _is_same(piece, value):
                yield at


def _pieces_of(seen: Sequence[Seen]) -> Iterator[tuple[int, Tensor]]:
    for at, one in enumerate(seen):
        for tensor in tensors_in(one.value):
            if tensor.device.type != "meta":
                yield from ((at, piece) for piece in slices(wide(tensor)))


def slices(tensor: Tensor) -> Iterator[Tensor]:
    """Yield a tensor, and its slices along each dimension that may be that of the heads."""
    yield tensor
    for dim in range(tensor.dim() if tensor.dim() > 2 else 0):
        if 1 < tensor.shape[dim] <= _MOST_SLICES:
            yield from tensor.unbind(dim)


def _is_same(one: Tensor, other: Tensor) -> bool:
    if is_near(one.flatten(), other.flatten(), NEAR):
        return one.shape != other.shape or _columns_are_near(one, other)
    return one.dim() == 2 and other.dim() >= 2 and is_near(one.T.flatten(), other.flatten(), NEAR)


def is_exactly(one: Any, other: Tensor) -> bool:
    """Return whether something is a tensor of the same shape and with the same entries."""
    if not isinstance(one, Tensor) or one.shape != other.shape or one.device != other.device:
        return False
    one, other = wide(one), wide(other)
    if one.is_complex() != other.is_complex() or not is_near(one, other, NEAR):
        return False
    return _columns_are_near(one, other)


def is_transposed(one: Any, other: Tensor) -> bool:
    """Return whether a matrix is another one only if its rows are written as columns."""
    if not isinstance(one, Tensor) or one.dim() != 2 or one.shape != other.shape[::-1]:
        return False
    return not is_exactly(one, other) and is_exactly(one.T, other)


def _columns_are_near(one: Tensor, other: Tensor) -> bool:
    """Return whether each column is near by its own size, since small ones may lie beside large
    ones. A column needs some entries to have a size: a single one may be small by chance."""
    if one.dim() != 2 or len(one) < _ENOUGH_ROWS:
        return True
    pairs = zip(one.T, other.T, strict=True)
    return all(is_near(column, right, 10 * NEAR) for column, right in pairs)


def is_near(one: Tensor, other: Tensor, near: float) -> bool:
    """Return whether no entry is farther off than a part of the largest expected one."""
    finite = other.isfinite()
    if not torch.equal(finite, one.isfinite()):
        return False
    scale = other[finite].abs().max() if bool(finite.any()) else 0.0
    return bool(((one - other)[finite].abs() <= near * scale).all())


def _size(tensor: Tensor) -> float:
    return float(torch.linalg.vector_norm(tensor[tensor.isfinite()]))
