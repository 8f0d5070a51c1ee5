"""How a wrong tensor relates to the expected one: transposed, scaled, shifted, another value.

A relation is only stated if it holds for every entry, within rounding.
"""

import itertools
import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from grader.calls.plain_values import dtype_name
from grader.diagnosis.difference_pattern import pattern_of
from grader.diagnosis.reordered import in_another_order
from grader.diagnosis.two_tensors import (
    CLOSE,
    CLOSE_HALF,
    HALVES,
    Look,
    Problem,
    along,
    is_constant,
    lines,
    plural,
    wide,
)
from grader.verdict import Located

EXCEPT = "the expected values, with errors"  # the message of the test says where, too
MOST_LINES = 64  # of a value that are compared one by one
FEWEST = 3  # entries that a relation must hold for
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
        return next(_of_other_shapes(look), None)
    found = itertools.chain(
        _another_value(look),
        _rounded(look, got, expected),
        in_another_order(look),
        _worked_on(look),
        _by_a_number(look),
        _together_with_a_value(look),
    )
    return next(found, None)


def weak_relation(got: Tensor, expected: Tensor, problem: Problem) -> str | None:
    """Return a property of `got` that many slips have in common."""
    look = _look(got, expected, problem)
    if look is None or got.shape != expected.shape:
        return None
    entries = ["the expected values in a different order"] if look.has_the_same_entries() else []
    return next(itertools.chain(entries, _by_rows(look), _in_places(look)), None)


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
    if how.startswith(EXCEPT):
        return Located(relation=how)
    is_value = any(words in how for words, _ in problem.values) and "expected" not in how
    says = "Your result equals" if is_value else "You return"  # it may have been computed
    return Located(relation=how, text=f"{says} {how}.")


def _another_value(look: Look) -> Iterator[str]:
    for words, value in look.problem.values:
        value = wide(value)
        if look.is_got(value):
            yield words
        elif value.dim() == 2 and value.numel() == look.got.numel() and look.is_got(value.mT):
            yield f"{words}, transposed"
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
                yield f"{line} {at} of {words}"
        if look.is_got(value.sum(dim)):
            yield f"the sum of {words} over the {plural(line)}"
        if look.is_got(value.mean(dim)):
            yield f"the mean of {words} over the {plural(line)}"


def _rounded(look: Look, got: Tensor, expected: Tensor) -> Iterator[str]:
    if got.is_complex() or expected.is_complex():
        return
    for dtype in (torch.bfloat16, torch.float16):
        if got.dtype != dtype and torch.equal(expected.to(dtype).double(), look.got):
            yield f"the expected values, rounded to {dtype_name(dtype)}"
    for words, way in (("down", torch.floor), ("to whole numbers", torch.round)):
        if torch.equal(way(look.expected), look.got) and len(look.got.unique()) > 1:
            yield f"the expected values, rounded {words}"


def _worked_on(look: Look) -> Iterator[str]:
    """Find functions that were left out, or applied once too often."""
    got, expected = look.got, look.expected
    if got.is_complex():
        if look.is_got(expected.conj()):
            yield "the complex conjugates of the expected values"
        return
    functions: dict[str, Callable[[Tensor], Tensor]] = {
        "squares": torch.square,
        "square roots": torch.sqrt,
        "exponentials": torch.exp,
        "logarithms": torch.log,
        "absolute values": torch.abs,
        "reciprocals": torch.reciprocal,
    }
    for words, function in functions.items():
        if look.alike(function(expected), got):
            yield f"the {words} of the expected values"
        if words in ("squares", "exponentials") and look.alike(function(got), expected):
            other = {"squares": "square roots", "exponentials": "logarithms"}[words]
            yield f"the {other} of the expected values"
    for dim, line in lines(expected):
        if expected.shape[dim] < 2:
            continue
        if look.is_got(torch.softmax(expected, dim)):
            yield f"the softmax of the expected values over the {plural(line)}"
        if look.alike(torch.softmax(got, dim), expected):
            yield f"the expected values before a softmax over the {plural(line)}"
        if look.is_got(expected.cumsum(dim)):
            yield f"the running sums of the expected values over the {plural(line)}"


def _by_a_number(look: Look) -> Iterator[str]:
    got, expected = look.got, look.expected
    some = expected.abs() > 1e-3 * expected.abs().max()
    if int(some.sum()) < FEWEST:
        return
    factor = complex((got[some] / expected[some]).mean())
    if abs(factor) > 1e-6 and abs(factor - 1) > 10 * look.near:
        real = factor.real if abs(factor.imag) < look.near * abs(factor) else None
        if real is not None and look.is_got(expected * real):
            yield f"the expected values{_times(real, look)}"
    if got.is_complex():
        return
    shift = (got - expected).mean()
    if (
        len(expected.unique()) > 2
        and look.alike(got - got.mean(), expected - expected.mean())
        and abs(shift) > 10 * (look.near * expected.abs().max())
    ):
        amount = float(shift)
        sign = "plus" if amount > 0 else "minus"
        yield f"the expected values {sign} {_named(abs(amount), look)}"


def _times(factor: float, look: Look) -> str:
    if math.isclose(factor, -1, rel_tol=look.near):
        return " with the opposite sign"
    size = abs(factor)
    by, number = ("divided by", 1 / size) if size < 1 else ("times", size)
    return f" {by} {_named(number, look)}" + (" and with the opposite sign" if factor < 0 else "")


def _named(number: float, look: Look) -> str:
    """Write a number, and which of the problem's numbers it is, if any."""
    shown = f"{number:.4g}"
    for words, known in look.problem.numbers.items():
        if known > 1 and math.isclose(number, known, rel_tol=look.near):
            return f"{shown}, which is {words}"
        if known > 1 and math.isclose(number, math.sqrt(known), rel_tol=look.near):
            return f"{shown}, which is √{words}"
        if known > 1 and math.isclose(number, known**2, rel_tol=look.near):
            return f"{shown}, which is {words} squared"
    if math.isclose(number, math.log(2), rel_tol=look.near):
        return f"{shown}, which is the logarithm of 2"
    if math.isclose(number, 1 / math.log(2), rel_tol=look.near):
        return f"{shown}, which is 1 / log(2)"
    return shown


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
            yield f"the expected values plus {words}"
        if look.alike(-apart, spread) and look.is_got(expected - spread):
            yield f"the expected values minus {words}"
        if value.is_complex() or len(value.unique()) < 2:
            continue
        if look.is_got(expected * spread):
            yield f"the expected values times {words}"
        if bool((spread != 0).all()) and look.is_got(expected / spread):
            yield f"the expected values divided by {words}"


def _by_rows(look: Look) -> Iterator[str]:
    """Find one number per row, or per column, that was added or multiplied."""
    got, expected = look.got, look.expected
    if got.is_complex() or got.dim() < 2 or min(got.shape[-2:]) < FEWEST:
        return
    for dim, line in ((-1, "row"), (-2, "column")):
        apart = got - expected
        own = apart.mean(dim, keepdim=True)
        if look.alike(apart, own.expand_as(apart)):
            yield f"the expected values, with a number added to each {line}: {_list(own)}"
        if bool((expected != 0).all()):
            ratio = got / expected
            own = ratio.mean(dim, keepdim=True)
            if look.alike(ratio, own.expand_as(ratio)):
                yield f"the expected values, with each {line} times a number: {_list(own)}"


def _list(numbers: Tensor) -> str:
    shown = [f"{number:.4g}" for number in numbers.flatten()[:5].tolist()]
    return ", ".join(shown) + (" ..." if numbers.numel() > 5 else "")


def _in_places(look: Look) -> Iterator[str]:
    got, expected = look.got, look.expected
    if got.is_complex():
        return
    if not bool(got.any()) and bool(expected.any()):
        yield "all zeros"
        return
    if is_constant(got):
        yield f"the same number everywhere, {got.flatten()[0].item():.4g}"
        return
    scale = expected[expected.isfinite()].abs().max()
    wrong = (got - expected).abs() > look.near * (expected.abs() + scale)
    wrong |= got.isfinite() != expected.isfinite()
    where = pattern_of(wrong) if got.dim() and bool(wrong.any()) else None
    if where and _are_most_right(look, wrong):
        yield f"{EXCEPT} {where}"


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


def _of_other_shapes(look: Look) -> Iterator[str]:
    got, expected = look.got, look.expected
    yield from _another_value(look)
    if got.dim() == expected.dim() >= 2 and look.is_got(expected.transpose(-1, -2)):
        yield "the expected values, transposed"
    if got.numel() == expected.numel():
        if look.alike(got.flatten(), expected.flatten()):
            yield "the expected values in a different shape"
        elif look.has_the_same_entries():
            yield "the expected values in a different shape and order"
        return
    for dim, line in lines(expected):
        size = expected.shape[dim]
        if size < 2:
            continue
        parts = {
            f"without the last {line}": slice(None, -1),
            f"without the first {line}": slice(1, None),
        }
        for words, part in parts.items():
            if look.is_got(along(expected, dim, part)):
                yield f"the expected values {words}"
        for at, which in ((size - 1, "last"), (0, "first")):
            chosen = expected.select(dim, at)
            if chosen.numel() == got.numel() and look.alike(chosen.flatten(), got.flatten()):
                yield f"only the {which} {line} of the expected values"
        mean = expected.mean(dim)
        if mean.numel() == got.numel() and look.alike(mean.flatten(), got.flatten()):
            yield f"the mean of the expected values over the {plural(line)}"
    for dim, line in lines(got) if got.dim() == expected.dim() else ():
        longer, size = got.shape[dim] - expected.shape[dim], expected.shape[dim]
        times = got.shape[dim] // max(size, 1)
        if times > 1 and got.shape[dim] == times * size:
            if look.is_got(torch.cat([expected] * times, dim)):
                yield f"{times} copies of the expected values, joined along the {plural(line)}"
            if look.is_got(expected.repeat_interleave(times, dim)):
                yield f"the expected values with each {line} {times} times in a row"
        extra = f"{longer} extra {line if longer == 1 else plural(line)}"
        if longer > 0 and look.alike(along(got, dim, slice(longer, None)), expected):
            yield f"the expected values with {extra} before them"
        if longer > 0 and look.alike(along(got, dim, slice(None, -longer)), expected):
            yield f"the expected values with {extra} after them"
