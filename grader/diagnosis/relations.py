"""How a wrong tensor relates to the expected one: transposed, scaled, shifted, another value.

A relation is only stated if it holds for every entry, within rounding.
"""

import itertools
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from grader.calls.plain_values import dtype_name
from grader.diagnosis.another_value import another_value
from grader.diagnosis.by_numbers import FEWEST, by_a_number, by_rows
from grader.diagnosis.difference_pattern import pattern_of
from grader.diagnosis.other_shapes import of_other_shapes
from grader.diagnosis.reordered import in_another_order
from grader.diagnosis.two_tensors import (
    CLOSE,
    CLOSE_HALF,
    HALVES,
    Look,
    Problem,
    is_constant,
    lines,
    wide,
)
from grader.language import in_english, mark, tr, tr_n
from grader.verdict import Located

EXCEPT = "the expected values, with errors "  # the message of the test says where, too
NO_PROBLEM = Problem()


def relation(got: Tensor, expected: Tensor, problem: Problem) -> str | None:
    """Return what `got` is in terms of `expected`, such as `the expected values times 8, which is
    d`; None if nothing simple holds. The vaguest relations come last."""
    return strong_relation(got, expected, problem) or weak_relation(got, expected, problem)


def strong_relation(got: Tensor, expected: Tensor, problem: Problem) -> str | None:
    """Return what `got` is, if that leaves no doubt about the slip."""
    look = _look(got, expected, problem)
    if look is None or is_constant(got):  # 0 is anything minus itself
        return None
    if got.shape != expected.shape:
        return next(of_other_shapes(look), None)
    found = itertools.chain(
        another_value(look),
        _rounded(look, got, expected),
        in_another_order(look),
        _worked_on(look),
        by_a_number(look),
        _together_with_a_value(look),
    )
    return next(found, None)


def weak_relation(got: Tensor, expected: Tensor, problem: Problem) -> str | None:
    """Return a property of `got` that many slips have in common."""
    look = _look(got, expected, problem)
    if look is None or got.shape != expected.shape:
        return None
    if look.has_the_same_entries():
        return tr("the expected values in a different order")
    return next(itertools.chain(_replaced(look), by_rows(look), _in_places(look)), None)


def _look(got: Tensor, expected: Tensor, problem: Problem) -> Look | None:
    """Return the two tensors ready to compare; None if nothing can be said of them."""
    if got.numel() < FEWEST or got.device.type == "meta" or not bool(got.isfinite().all()):
        return None
    if got.is_complex() != expected.is_complex():
        return None
    if got.dtype != expected.dtype and not {got.dtype, expected.dtype} & set(HALVES):
        return None  # what a bool has in common with a float tells nothing
    half = got.dtype in HALVES or expected.dtype in HALVES
    return Look(wide(got), wide(expected), problem, CLOSE_HALF if half else CLOSE)


def located_result(how: str, problem: Problem = NO_PROBLEM) -> Located:
    """Return what is known if only the result can be related to the expected one."""
    english = in_english(how)
    if english.startswith(EXCEPT):
        return Located(relation=how)
    is_value = any(in_english(words) in english for words, _ in problem.values)
    if is_value and "expected" not in english:  # it may have been computed
        return Located(relation=how, text=tr("Your result equals {how}.", how=how))
    return Located(relation=how, text=tr("You return {how}.", how=how))


def _rounded(look: Look, got: Tensor, expected: Tensor) -> Iterator[str]:
    if got.is_complex() or expected.is_complex():
        return
    for dtype in (torch.bfloat16, torch.float16):
        if got.dtype != dtype and torch.equal(expected.to(dtype).double(), look.got):
            yield tr("the expected values, rounded to {dtype}", dtype=dtype_name(dtype))
    for digits in range(1, 5):
        if torch.equal(torch.round(expected.double(), decimals=digits).float(), got.float()):
            places = tr_n("{count} decimal place", "{count} decimal places", digits)
            yield tr("the expected values, rounded to {places}", places=places)
    ways = (
        (mark("the expected values, rounded down"), torch.floor),
        (mark("the expected values, rounded to whole numbers"), torch.round),
    )
    for words, way in ways:
        if torch.equal(way(look.expected), look.got) and len(look.got.unique()) > 1:
            yield tr(words)


_LOGARITHMS = mark("the logarithms of the expected values")
_SQUARE_ROOTS = mark("the square roots of the expected values")
_FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    mark("the squares of the expected values"): torch.square,
    _SQUARE_ROOTS: torch.sqrt,
    mark("the exponentials of the expected values"): torch.exp,
    _LOGARITHMS: torch.log,
    mark("the absolute values of the expected values"): torch.abs,
    mark("the reciprocals of the expected values"): torch.reciprocal,
}
_INVERSES = {torch.square: _SQUARE_ROOTS, torch.exp: _LOGARITHMS}


def _worked_on(look: Look) -> Iterator[str]:
    """Find functions that were left out, or applied once too often."""
    got, expected = look.got, look.expected
    if got.is_complex():
        if look.is_got(expected.conj()):
            yield tr("the complex conjugates of the expected values")
        return
    for words, function in _FUNCTIONS.items():
        if look.alike(function(expected), got):
            yield tr(words)
        if function in _INVERSES and look.alike(function(got), expected):
            yield tr(_INVERSES[function])
    for dim, line in lines(expected):
        if expected.shape[dim] < 2:
            continue
        if look.is_got(torch.softmax(expected, dim)):
            words = mark("the softmax of the expected values over the {lines}")
            yield tr(words, lines=line.many)
        if look.alike(torch.softmax(got, dim), expected):
            words = mark("the expected values before a softmax over the {lines}")
            yield tr(words, lines=line.many)
        if look.is_got(expected.cumsum(dim)):
            words = mark("the running sums of the expected values over the {lines}")
            yield tr(words, lines=line.many)


def _together_with_a_value(look: Look) -> Iterator[str]:
    got, expected = look.got, look.expected
    apart = got - expected
    for words, value in look.problem.values:
        value = wide(value)
        if value.is_complex() != got.is_complex() or value.dim() > got.dim() or not value.dim():
            continue
        if value.shape != got.shape[got.dim() - value.dim() :]:
            continue
        spread = value.expand(got.shape)
        if not bool(spread.isfinite().all()):
            continue
        if look.alike(apart, spread) and look.is_got(expected + spread):
            yield tr("the expected values plus {value}", value=words)
        if look.alike(-apart, spread) and look.is_got(expected - spread):
            yield tr("the expected values minus {value}", value=words)
        if value.is_complex() or len(value.unique()) < 2:
            continue
        if look.is_got(expected * spread):
            yield tr("the expected values times {value}", value=words)
        if bool((spread != 0).all()) and look.is_got(expected / spread):
            yield tr("the expected values divided by {value}", value=words)


def _in_places(look: Look) -> Iterator[str]:
    got, expected = look.got, look.expected
    if got.is_complex():
        return
    if not bool(got.any()) and bool(expected.any()):
        yield tr("all zeros")
        return
    if is_constant(got):
        number = f"{got.flatten()[0].item():.4g}"
        yield tr("the same number everywhere, {number}", number=number)
        return
    wrong = _wrong_entries(look)
    where = pattern_of(wrong) if got.dim() and bool(wrong.any()) else None
    if where and _are_most_right(look, wrong):
        yield tr("the expected values, with errors {where}", where=where)


def _replaced(look: Look) -> Iterator[str]:
    """Find a value of the problem that is still there in some places, as if the work on it had
    stopped."""
    got = look.got
    if got.is_complex():
        return
    wrong = _wrong_entries(look)
    if not bool(wrong.any()) or bool(wrong.all()):
        return
    pattern = pattern_of(wrong)
    where = pattern or tr("in some places")
    if not bool(got[wrong].any()) and (pattern or _are_most_right(look, wrong)):
        yield tr("zeros {where}, and the expected values elsewhere", where=where)
    if len(got[wrong].unique()) < FEWEST:
        return
    for words, value in look.problem.values:
        value = wide(value)
        if value.shape != got.shape or value.is_complex():
            continue
        if look.alike(got[wrong], value[wrong]):
            says = mark("{value} {where}, and the expected values elsewhere")
            yield tr(says, where=where, value=words)


def _wrong_entries(look: Look) -> Tensor:
    got, expected = look.got, look.expected
    scale = expected[expected.isfinite()].abs().max()
    wrong = (got - expected).abs() > look.near * (expected.abs() + scale)
    return wrong | (got.isfinite() != expected.isfinite())


def _are_most_right(look: Look, wrong: Tensor) -> bool:
    """Return whether at least half of the values are right, zeros and tiny values aside, and no
    other value of the problem has more in common with what came."""
    got, expected = look.got, look.expected
    if int(wrong.sum()) > wrong.numel() / 2:
        return False
    right = _equal_entries(got, expected, look.near)
    if right < int((expected[expected.isfinite()] != 0).sum()) / 2:
        return False
    others = (wide(value) for _, value in look.problem.values if value.shape == got.shape)
    return all(
        _equal_entries(got, other, look.near) <= right for other in others if not other.is_complex()
    )


def _equal_entries(one: Tensor, other: Tensor, near: float) -> int:
    """Count the entries that are equal up to rounding, and not zero."""
    equal = (one - other).abs() <= near * other.abs()
    return int((equal & other.isfinite() & (other != 0)).sum())
