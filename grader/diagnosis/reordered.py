"""The expected entries in another order: transposed, reversed, shifted, permuted."""

import math
from collections.abc import Iterator

import torch

from grader.diagnosis.two_tensors import Line, Look, along, lines
from grader.language import Words, mark, tr

_IN_BLOCKS = mark("the expected {lines}, in blocks of {size}, in the order {order}")


def in_another_order(look: Look) -> Iterator[Words]:
    """Yield words for the orders in which the expected entries are what came."""
    got, expected = look.got, look.expected
    if expected.dim() == 2 and expected.shape[0] == expected.shape[1] and look.is_got(expected.mT):
        yield tr("the expected values, transposed")
    for dim, line in lines(expected):
        size = expected.shape[dim]
        if size < 2:
            continue
        if look.is_got(expected.flip(dim)):
            yield tr("the expected values, with the {lines} in reverse order", lines=line.many)
        ways = (
            (1, mark("the expected values, with every {line} one place too late")),
            (-1, mark("the expected values, with every {line} one place too early")),
        )
        for step, words in ways:
            moved = expected.roll(step, dim)
            inner = slice(1, None) if step == 1 else slice(None, -1)
            if size > 2 and look.alike(along(moved, dim, inner), along(got, dim, inner)):
                yield tr(words, line=line.one)
        if size % 2 == 0 and size > 2:
            for words, order in _pairings(size):
                if look.is_got(expected.index_select(dim, torch.tensor(order))):
                    yield tr(words, lines=line.many)
        yield from _permuted(look, dim, line)


def _pairings(size: int) -> Iterator[tuple[str, list[int]]]:
    evens, odds, half = range(0, size, 2), range(1, size, 2), size // 2
    yield (
        mark("the expected values, with the even {lines} first, then the odd {lines}"),
        [*evens, *odds],
    )
    yield (
        mark("the expected values, with the two halves of the {lines} interleaved"),
        [at for pair in zip(range(half), range(half, size), strict=True) for at in pair],
    )
    yield (
        mark("the expected values, with neighboring {lines} swapped in pairs"),
        [at ^ 1 for at in range(size)],
    )
    yield (
        mark("the expected values, with the two halves of the {lines} swapped"),
        [*range(half, size), *range(half)],
    )


def _permuted(look: Look, dim: int, line: Line) -> Iterator[Words]:
    """Find each line of what came among the expected values."""
    got, expected = look.got.movedim(dim, 0), look.expected.movedim(dim, 0)
    count = len(expected)
    if not 2 <= count <= 64 or got[0].numel() < 2:
        return
    if got.is_complex():
        got, expected = torch.view_as_real(got), torch.view_as_real(expected)
    if not bool(expected.isfinite().all()):
        return
    apart = torch.cdist(got.flatten(1), expected.flatten(1), p=math.inf)
    same = apart <= look.near * expected.abs().max()
    if not bool((same.sum(1) == 1).all()):
        return
    order = same.int().argmax(1).tolist()
    if order == list(range(count)):
        return
    if len(set(order)) == 1:
        words = mark("{line} {at} of the expected values in every {line}")
        yield tr(words, line=line.one, at=order[0])
        return
    size, blocks = _in_blocks(order)
    shown = ", ".join(map(str, blocks[:8])) + (" ..." if len(blocks) > 8 else "")
    words = mark("the expected {lines} in the order {order}") if size == 1 else _IN_BLOCKS
    yield tr(words, lines=line.many, size=size, order=shown)


def _in_blocks(order: list[int]) -> tuple[int, list[int]]:
    """Return the largest block size that an order keeps together, and the order of the blocks."""
    for size in range(len(order) // 2, 0, -1):
        starts = order[::size]
        whole = all(order[at] == order[at - at % size] + at % size for at in range(len(order)))
        if len(order) % size == 0 and whole and all(start % size == 0 for start in starts):
            return size, [start // size for start in starts]
    raise AssertionError("blocks of one are always whole")
