"""Find the first learning rate that is wrong, and what the wrong ones have in common."""

import math
from collections.abc import Callable, Iterator, Sequence

from grader.diagnosis.comparing import FEWEST, is_number
from grader.diagnosis.readings import OneCall, WrongCall, told
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
    where = f"step {step}, {_phase(step, warmup, total)}"
    text = told(
        f"You return {how}." if how else "",
        f"The first wrong rate is that of {where}: {wrong.got:.6g} instead of "
        f"{wrong.expected:.6g}.",
        f"The earlier rates that were tried are right, up to step {max(before)}." if before else "",
    )
    until = f"step {max(before)}" if before else None
    return Located(None, until, where, how, text)


def _phase(step: int, warmup: int, total: int) -> str:
    if step <= warmup:
        return "the last of the warm-up" if step == warmup else f"of a warm-up of {warmup} steps"
    if step >= total:
        return "the last one" if step == total else f"after the last one, step {total}"
    since = step - warmup
    return f"{since} step{'s' if since > 1 else ''} after the warm-up"


def _in_common(
    odd: Sequence[OneCall], calls: Sequence[OneCall], rate: Callable[..., float]
) -> str | None:
    """Return what holds for all wrong rates, if there are enough of them."""
    if len(odd) < FEWEST:
        return None
    for shift in _SHIFTS:
        if all(_near(one.got, _shifted(one, shift, rate)) for one in calls):
            words = f"{abs(shift)} step{'s' if abs(shift) > 1 else ''}"
            return f"the rate of {words} {'later' if shift > 0 else 'earlier'}"
    return next(_relations(odd), None)


def _relations(odd: Sequence[OneCall]) -> Iterator[str]:
    for words, value in _CONSTANTS.items():
        if all(_near(one.got, value(*one.args)) for one in odd):
            yield f"{words} where another rate belongs"
    for words, value in _CONSTANTS.items():
        if all(_near(one.got - one.expected, value(*one.args)) for one in odd):
            yield f"the expected rate plus {words}"
        if all(_near(one.expected - one.got, value(*one.args)) for one in odd):
            yield f"the expected rate minus {words}"
        if all(_near(one.got, one.expected * value(*one.args)) for one in odd):
            yield f"the expected rate times {words}"
        if all(_near(one.got * value(*one.args), one.expected) for one in odd):
            yield f"the expected rate divided by {words}"
    if all(one.expected for one in odd):
        factors = [one.got / one.expected for one in odd]
        if all(_near(factor, factors[0]) for factor in factors):
            yield f"the expected rate times {factors[0]:.4g}"


_CONSTANTS: dict[str, Callable[..., float]] = {
    "0": lambda step, warmup, total, peak, floor: 0.0,
    "the peak": lambda step, warmup, total, peak, floor: peak,
    "the floor": lambda step, warmup, total, peak, floor: floor,
    "half the floor": lambda step, warmup, total, peak, floor: floor / 2,
    "warmup": lambda step, warmup, total, peak, floor: warmup,
    "total": lambda step, warmup, total, peak, floor: total,
}


def _shifted(one: OneCall, shift: int, rate: Callable[..., float]) -> float:
    step, *schedule = one.args
    return rate(step + shift, *schedule)


def _near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=_NEAR, abs_tol=1e-12)
