"""Another value of the problem, or a part of one, in place of the expected value."""

from collections.abc import Iterator

from torch import Tensor

from grader.diagnosis.two_tensors import Look, lines, wide
from grader.language import tr

MOST_LINES = 64  # of a value that are compared one by one


def another_value(look: Look) -> Iterator[str]:
    """Yield words for the values of the problem that came instead."""
    for words, value in look.problem.values:
        value = wide(value)
        if look.is_got(value):
            yield words
        elif value.dim() == 2 and value.numel() == look.got.numel() and look.is_got(value.mT):
            yield tr("{value}, transposed", value=words)
        elif value.dim() == look.got.dim() + 1 and not value.is_complex():
            yield from _part_of_a_value(look, words, value)


def _part_of_a_value(look: Look, words: str, value: Tensor) -> Iterator[str]:
    """Find one line of a value, or the sum or mean of its lines."""
    for dim, line in lines(value):
        rest = (*value.shape[:dim], *value.shape[dim + 1 :])
        if rest != look.got.shape or not value.shape[dim]:
            continue
        for at, one in enumerate(value.unbind(dim)[:MOST_LINES]):
            if look.is_got(one):
                yield tr("{line} {at} of {value}", line=line.one, at=at, value=words)
        if look.is_got(value.sum(dim)):
            yield tr("the sum over the {lines} of {value}", value=words, lines=line.many)
        if look.is_got(value.mean(dim)):
            yield tr("the mean over the {lines} of {value}", value=words, lines=line.many)
