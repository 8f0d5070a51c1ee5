"""How a wrong tensor relates to the expected one if their shapes differ."""

from collections.abc import Iterator

import torch

from grader.diagnosis.another_value import another_value
from grader.diagnosis.two_tensors import Line, Look, along, lines
from grader.language import mark, tr


def of_other_shapes(look: Look) -> Iterator[str]:
    """Yield what came, in terms of the expected values."""
    got, expected = look.got, look.expected
    yield from another_value(look)
    if got.dim() == expected.dim() >= 2 and look.is_got(expected.transpose(-1, -2)):
        yield tr("the expected values, transposed")
    if got.numel() == expected.numel():
        if look.alike(got.flatten(), expected.flatten()):
            yield tr("the expected values in a different shape")
        elif got.dim() == expected.dim() > 2 and look.is_got(expected.transpose(0, 1)):
            yield tr("the expected values with the first two dimensions swapped")
        elif look.has_the_same_entries():
            yield tr("the expected values in a different shape and order")
        return
    if got.dim() == expected.dim() + 1:
        for dim in range(got.dim()):
            if look.alike(got.sum(dim), expected):
                yield tr("the expected values before a sum over dimension {dim}", dim=dim)
    for dim, line in lines(expected):
        if expected.shape[dim] > 1:
            yield from _fewer(look, dim, line)
    for dim, line in lines(got) if got.dim() == expected.dim() else ():
        yield from _more(look, dim, line)


def _fewer(look: Look, dim: int, line: Line) -> Iterator[str]:
    """Find lines that are missing along one dimension."""
    got, expected = look.got, look.expected
    parts = {
        mark("the expected values without the last {line}"): slice(None, -1),
        mark("the expected values without the first {line}"): slice(1, None),
    }
    for words, part in parts.items():
        if look.is_got(along(expected, dim, part)):
            yield tr(words, line=line.one)
    ends = {
        mark("only the last {line} of the expected values"): -1,
        mark("only the first {line} of the expected values"): 0,
    }
    for words, at in ends.items():
        chosen = expected.select(dim, at)
        if _have_one_shape(chosen, got) and look.alike(chosen.flatten(), got.flatten()):
            yield tr(words, line=line.one)
    size = got.shape[dim] if got.dim() == expected.dim() else 0
    several = {
        mark("only the last {count} {lines} of the expected values"): slice(-size, None),
        mark("only the first {count} {lines} of the expected values"): slice(size),
    }
    for words, part in several.items() if size > 1 else ():
        if look.is_got(along(expected, dim, part)):
            yield tr(words, count=size, lines=line.many)
    ways = {
        mark("the mean of the expected values over the {lines}"): expected.mean(dim),
        mark("the sum of the expected values over the {lines}"): expected.sum(dim),
    }
    for words, one in ways.items():
        if _have_one_shape(one, got) and look.alike(one.flatten(), got.flatten()):
            yield tr(words, lines=line.many)


def _have_one_shape(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Return whether two tensors have the same shape, dimensions of size 1 aside."""
    return one.squeeze().shape == other.squeeze().shape


def _more(look: Look, dim: int, line: Line) -> Iterator[str]:
    """Find lines that are there several times, or in addition, along one dimension."""
    got, expected = look.got, look.expected
    longer, size = got.shape[dim] - expected.shape[dim], expected.shape[dim]
    times = got.shape[dim] // max(size, 1)
    if times > 1 and got.shape[dim] == times * size:
        if look.is_got(torch.cat([expected] * times, dim)):
            words = mark("{times} copies of the expected values, joined along the {lines}")
            yield tr(words, times=times, lines=line.many)
        if look.is_got(expected.repeat_interleave(times, dim)):
            words = mark("the expected values with each {line} {times} times in a row")
            yield tr(words, times=times, line=line.one)
    if longer > 0 and look.alike(along(got, dim, slice(longer, None)), expected):
        yield tr("the expected values with {lines} before them", lines=line.extra(longer))
    if longer > 0 and look.alike(along(got, dim, slice(None, -longer)), expected):
        yield tr("the expected values with {lines} after them", lines=line.extra(longer))
