"""Find the first learning rate that is wrong, and what the wrong ones have in common."""

import math
from collections.abc import Callable, Iterator, Sequence

from grader.diagnosis.comparing import FEWEST, is_number
from grader.diagnosis.readings import OneCall, WrongCall, told
from grader.language import Words, mark, tr, tr_n
from grader.verdict import Located

_NEAR = 1e-5  # relative
_SHIFTS = (1, -1, 2, -2)


def learning_rate(wrong: WrongCall) -> Located | None:
    calls = [one for one in wrong.all if is_number(one.got)]
    odd = [one for one in calls if not _near(one.got, one.expected)]
    if not odd or not is_number(wrong.got):
        return None
    schedule = wrong.args[1:]
    right = [one.args[0] for one in calls if one not in odd and one.args[1:] == schedule]
    step, warmup, total = wrong.args[:3]
    before = [one for one in right if one < step]
    how = _in_common(odd, calls, wrong.find("learning_rate"))
    where = tr("step {step}, {phase}", step=step, phase=_phase(step, warmup, total))
    rates = mark("The first wrong rate is that of {step}: {got:.6g} instead of {expected:.6g}.")
    lines = [
        tr("You return {how}.", how=how) if how else "",
        tr(rates, step=where, got=wrong.got, expected=wrong.expected),
    ]
    until = None
    if before:
        until = tr("step {step}", step=max(before))
        words = mark("The earlier rates that were tried are right, up to step {step}.")
        lines.append(tr(words, step=max(before)))
    return Located(None, until, where, how, told(*lines))


def _phase(step: int, warmup: int, total: int) -> Words:
    if step == warmup:
        return tr("the last of the warm-up")
    if step < warmup:
        return tr("of a warm-up of {count} steps", count=warmup)
    if step == total:
        return tr("the last one")
    if step > total:
        return tr("after the last one, step {step}", step=total)
    since = step - warmup
    return tr_n("{count} step after the warm-up", "{count} steps after the warm-up", since)


def _in_common(
    odd: Sequence[OneCall], calls: Sequence[OneCall], rate: Callable[..., float]
) -> Words | None:
    """Return what holds for all wrong rates, if there are enough of them."""
    if len(odd) < FEWEST:
        return None
    for shift in _SHIFTS:
        if all(_near(one.got, _shifted(one, shift, rate)) for one in calls):
            return _later(shift) if shift > 0 else _earlier(-shift)
    return next(_relations(odd), None)


def _later(count: int) -> Words:
    return tr_n("the rate of {count} step later", "the rate of {count} steps later", count)


def _earlier(count: int) -> Words:
    return tr_n("the rate of {count} step earlier", "the rate of {count} steps earlier", count)


def _relations(odd: Sequence[OneCall]) -> Iterator[Words]:
    for words, value in _CONSTANTS.items():
        if all(_near(one.got, value(*one.args)) for one in odd):
            yield tr("{rate} where another rate belongs", rate=_named(words))
    for words, value in _CONSTANTS.items():
        if all(_near(one.got - one.expected, value(*one.args)) for one in odd):
            yield tr("the expected rate plus {rate}", rate=_named(words))
        if all(_near(one.expected - one.got, value(*one.args)) for one in odd):
            yield tr("the expected rate minus {rate}", rate=_named(words))
        if all(_near(one.got, one.expected * value(*one.args)) for one in odd):
            yield tr("the expected rate times {rate}", rate=_named(words))
        if all(_near(one.got * value(*one.args), one.expected) for one in odd):
            yield tr("the expected rate divided by {rate}", rate=_named(words))
    if all(one.expected for one in odd):
        factors = [one.got / one.expected for one in odd]
        if all(_near(factor, factors[0]) for factor in factors):
            yield tr("the expected rate times {factor:.4g}", factor=factors[0])


def _named(words: str) -> str:
    """Return words in the reader's language; names of code are always the same."""
    return tr(words) if " " in words else words


_CONSTANTS: dict[str, Callable[..., float]] = {
    "0": lambda step, warmup, total, peak, floor: 0.0,
    mark("the peak"): lambda step, warmup, total, peak, floor: peak,
    mark("the floor"): lambda step, warmup, total, peak, floor: floor,
    mark("half the floor"): lambda step, warmup, total, peak, floor: floor / 2,
    "warmup": lambda step, warmup, total, peak, floor: warmup,
    "total": lambda step, warmup, total, peak, floor: total,
}


def _shifted(one: OneCall, shift: int, rate: Callable[..., float]) -> float:
    step, *schedule = one.args
    return rate(step + shift, *schedule)


def _near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=_NEAR, abs_tol=1e-12)
