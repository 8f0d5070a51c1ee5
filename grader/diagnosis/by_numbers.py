"""A number by which the expected values are multiplied or divided, or that is added: one for
all, or one per row or column."""

import math
from collections.abc import Iterator

from torch import Tensor

from grader.diagnosis.two_tensors import Look
from grader.language import Words, mark, tr

FEWEST = 3  # entries that a relation must hold for


def by_a_number(look: Look) -> Iterator[Words]:
    """Find one number by which all values were multiplied, or that was added to all."""
    got, expected = look.got, look.expected
    some = expected.abs() > 1e-3 * expected.abs().max()
    if int(some.sum()) < FEWEST:
        return
    factor = complex((got[some] / expected[some]).mean())
    if abs(factor) > 1e-6 and abs(factor - 1) > 10 * look.near:
        real = factor.real if abs(factor.imag) < look.near * abs(factor) else None
        if real is not None and look.is_got(expected * real):
            yield _times(real, look)
    if got.is_complex():
        return
    shift = (got - expected).mean()
    if (
        len(expected.unique()) > 2
        and look.alike(got - got.mean(), expected - expected.mean())
        and abs(shift) > 10 * (look.near * expected.abs().max())
    ):
        amount = float(shift)
        words = mark("the expected values minus {value}")
        if amount > 0:
            words = mark("the expected values plus {value}")
        yield tr(words, value=_named(abs(amount), look))


def _times(factor: float, look: Look) -> Words:
    if math.isclose(factor, -1, rel_tol=look.near):
        return tr("the expected values with the opposite sign")
    size = abs(factor)
    if size < 1:
        words = mark("the expected values divided by {value}")
        if factor < 0:
            words = mark("the expected values divided by {value} and with the opposite sign")
        return tr(words, value=_named(1 / size, look))
    words = mark("the expected values times {value}")
    if factor < 0:
        words = mark("the expected values times {value} and with the opposite sign")
    return tr(words, value=_named(size, look))


def _named(number: float, look: Look) -> str:
    """Write a number, and which of the problem's numbers it is, if any."""
    shown = f"{number:.4g}"
    for name, known in look.problem.numbers.items():
        if known > 1 and math.isclose(number, known, rel_tol=look.near):
            return tr("{number}, which is {name}", number=shown, name=name)
        if known > 1 and math.isclose(number, math.sqrt(known), rel_tol=look.near):
            return tr("{number}, which is √{name}", number=shown, name=name)
        if known > 1 and math.isclose(number, known**2, rel_tol=look.near):
            return tr("{number}, which is {name} squared", number=shown, name=name)
        if known > 1 and math.isclose(number, known**0.25, rel_tol=look.near):
            return tr("{number}, which is the fourth root of {name}", number=shown, name=name)
        if known > 2 and math.isclose(number, known / (known - 1), rel_tol=look.near):
            return tr("{number}, which is {name} / ({name} - 1)", number=shown, name=name)
    if math.isclose(number, math.log(2), rel_tol=look.near):
        return tr("{number}, which is the logarithm of 2", number=shown)
    if math.isclose(number, 1 / math.log(2), rel_tol=look.near):
        return tr("{number}, which is 1 / log(2)", number=shown)
    return shown


def by_rows(look: Look) -> Iterator[Words]:
    """Find one number per row, or per column, that was added or multiplied."""
    got, expected = look.got, look.expected
    if got.is_complex() or got.dim() < 2 or min(got.shape[-2:]) < FEWEST:
        return
    for dim, line in ((-1, tr("row")), (-2, tr("column"))):
        apart = got - expected
        own = apart.mean(dim, keepdim=True)
        if look.alike(apart, own.expand_as(apart)):
            words = mark("the expected values, with a number added to each {line}: {numbers}")
            yield tr(words, line=line, numbers=_listed(own))
        if bool((expected != 0).all()):
            ratio = got / expected
            own = ratio.mean(dim, keepdim=True)
            if look.alike(ratio, own.expand_as(ratio)):
                words = mark("the expected values, with each {line} times a number: {numbers}")
                yield tr(words, line=line, numbers=_listed(own))


def _listed(numbers: Tensor) -> str:
    shown = [f"{number:.4g}" for number in numbers.flatten()[:5].tolist()]
    listed = ", ".join(shown)
    more = numbers.numel() - len(shown)
    return tr("{numbers} and {count} more", numbers=listed, count=more) if more else listed
