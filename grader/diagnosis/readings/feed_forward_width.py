"""Find the step at which the width of the feed-forward network goes wrong, and the other rule
that gives what came."""

from collections.abc import Callable, Iterator
from typing import Any

from grader.calls.outcome import Seen
from grader.diagnosis.comparing import instead
from grader.diagnosis.readings import WrongCall, told
from grader.language import Words, mark, tr
from grader.verdict import Located


def read_width(wrong: WrongCall) -> Located | None:
    if wrong.got == wrong.expected:  # another type
        return None
    how, found = _other_rule(wrong), _right_until(wrong)
    says = tr("You return {how}.", how=how) if how else ""
    if found is None:
        return Located(relation=how, text=says) if how else None
    relation = how or found.relation
    text = told(says, found.text)
    return Located(found.line, found.right_until, found.first_wrong, relation, text)


def _right_until(wrong: WrongCall) -> Located | None:
    """Find how far the steps are right, among the numbers that the code computed."""
    dim, _, by = wrong.args
    width = int(8 * dim / 3)
    steps = [(tr("two thirds of 4 * dim, rounded down ({width})", width=width), width)]
    if by is not None:
        wide = int(by * width)
        words = mark("two thirds of 4 * dim times {by}, rounded down ({width})")
        steps.append((tr(words, by=by, width=wide), wide))
    given, last = {one for one in wrong.args if one is not None}, None
    for words, number in steps:
        if number in given:
            continue  # nothing would show that it was computed
        seen = next((one for one in wrong.seen if _is(one.value, number)), None)
        if seen is None:
            return _not_rounded(wrong, words, number, last)
        last = words, seen
    return _not_rounded_up(wrong, *last) if last else None


def _is(value: Any, number: int) -> bool:
    return type(value) in (int, float) and bool(value == number)


def _not_rounded(
    wrong: WrongCall, words: str, number: int, last: tuple[str, Seen] | None
) -> Located | None:
    """Find the missing number before rounding."""
    near = (one for one in wrong.seen if type(one.value) is float and int(one.value) == number)
    seen = next(near, None)
    if seen is None:
        return None
    text = told(
        tr("Your values are right up to {value}.", value=last[0]) if last else "",
        tr(
            "Line {line}, `{code}`, gives {came:.10g}; the next step needs {value}.",
            line=seen.place.line,
            code=seen.place.text,
            came=seen.value,
            value=words,
        ),
    )
    until = last[0] if last else None
    how = tr("{came:.10g}, not rounded down", came=seen.value)
    return Located(seen.place.line, until, words, how, text)


def _not_rounded_up(wrong: WrongCall, words: str, seen: Seen) -> Located:
    line, of, got, expected = seen.place.line, wrong.args[1], wrong.got, wrong.expected
    up = tr("the next multiple of {of} ({expected})", of=of, expected=expected)
    text = tr(
        "Your values are right up to line {line}, which gives {value}. The result should be {up}, "
        "but yours is {got}.",
        line=line,
        value=words,
        up=up,
        got=got,
    )
    if seen.value == expected:
        up = tr("the width that is already a multiple of {of}", of=of)
        text = tr(
            "Your values are right up to line {line}, which gives {value}. That is already a "
            "multiple of {of}, but your result is {got}.",
            line=line,
            value=words,
            of=of,
            got=got,
        )
    how = instead(str(got), str(expected))
    return Located(line, words, up, how, text)


Start = Callable[[int], float]
Stretch = Callable[[float, float | None], float]
End = Callable[[float, int], float]

_STARTS: dict[str, Start] = {
    mark("4 * dim instead of two thirds of it"): lambda dim: 4 * dim,
    mark("two thirds of dim instead of two thirds of 4 * dim"): lambda dim: 2 * dim / 3,
    mark("dim instead of two thirds of 4 * dim"): lambda dim: dim,
    mark("8 * dim instead of two thirds of 4 * dim"): lambda dim: 8 * dim,
    mark("3 * dim instead of two thirds of 4 * dim"): lambda dim: 3 * dim,
    mark("3.5 * dim instead of two thirds of 4 * dim"): lambda dim: 3.5 * dim,
    mark("a third of 4 * dim instead of two thirds"): lambda dim: 4 * dim / 3,
}
_MIDDLES: dict[str, Stretch] = {
    mark("no multiplier"): lambda width, by: int(width),
    mark("a width that is never turned into an int"): lambda width, by: (
        width * (1 if by is None else by)
    ),
    mark("a width that is turned into an int only after the multiplier"): lambda width, by: int(
        width * (1 if by is None else by)
    ),
    mark("a width rounded to the nearest int"): lambda width, by: round(
        round(width) * (1 if by is None else by)
    ),
    mark("a width rounded up to an int"): lambda width, by: (
        -int(-int(-(-width // 1)) * (1 if by is None else by) // 1)
    ),
    mark("the multiplier added to the width"): lambda width, by: int(int(width) + (by or 0)),
    mark("a width divided by the multiplier"): lambda width, by: int(int(width) / (by or 1)),
}
_ENDS: dict[str, End] = {
    mark("no rounding up to a multiple"): lambda width, of: width,
    mark("rounding down to a multiple"): lambda width, of: width // of * of,
    mark("rounding to the nearest multiple"): lambda width, of: round(width / of) * of,
    mark("rounding up even if the width is already a multiple"): lambda width, of: (
        (width // of + 1) * of
    ),
    mark("rounding up one multiple too far"): lambda width, of: -(-width // of) * of + of,
    mark("multiple_of added instead of rounding up"): lambda width, of: width + of,
    mark("multiple_of - 1 added and no rounding"): lambda width, of: width + of - 1,
    mark("the number of multiples instead of the width"): lambda width, of: -(-width // of),
}


def _right_start(dim: int) -> float:
    return 8 * dim / 3


def _right_middle(width: float, by: float | None) -> float:
    return int(width) if by is None else int(by * int(width))


def _right_end(width: float, of: int) -> float:
    return -(-width // of) * of


def _other_rule(wrong: WrongCall) -> Words | None:
    """Return the other rule that gives the widths of all calls, if there is only one."""
    if sum(one.got != one.expected for one in wrong.all) < 2:
        return None
    fits = [tr(words) for words, rule in _one_off() if _fits(wrong, *rule)]
    if all(_multiplied_last(*one.args) == one.got for one in wrong.all):
        fits.append(tr("the multiplier applied after rounding up"))
    fits = fits or [words for words, rule in _two_off() if _fits(wrong, *rule)]
    return tr("what you'd get with {change}", change=fits[0]) if len(fits) == 1 else None


def _multiplied_last(dim: int, of: int, by: float | None) -> int:
    width = -(-int(8 * dim / 3) // of) * of
    return width if by is None else int(by * width)


def _fits(wrong: WrongCall, start: Start, middle: Stretch, end: End) -> bool:
    for one in wrong.all:
        dim, of, by = one.args
        if end(middle(start(dim), by), of) != one.got:
            return False
    return True


def _one_off() -> Iterator[tuple[str, tuple[Start, Stretch, End]]]:
    for words, start in _STARTS.items():
        yield words, (start, _right_middle, _right_end)
    for words, middle in _MIDDLES.items():
        yield words, (_right_start, middle, _right_end)
    for words, end in _ENDS.items():
        yield words, (_right_start, _right_middle, end)


def _two_off() -> Iterator[tuple[Words, tuple[Start, Stretch, End]]]:
    for words, start in _STARTS.items():
        for more, middle in _MIDDLES.items():
            yield _both(words, more), (start, middle, _right_end)
        for more, end in _ENDS.items():
            yield _both(words, more), (start, _right_middle, end)
    for words, middle in _MIDDLES.items():
        for more, end in _ENDS.items():
            yield _both(words, more), (_right_start, middle, end)


def _both(one: str, other: str) -> Words:
    return tr("{one}, and {other}", one=tr(one), other=tr(other))
