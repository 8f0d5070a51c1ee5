"""How a wrong plain value (text, bytes, numbers, lists and dicts of these) relates to the expected
one: reversed, cut short, each id 256 too high.

A relation is only stated if it holds for every item.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from grader.calls.plain_values import IteratorItems
from grader.diagnosis.comparing import (
    FEWEST,
    OfOneItem,
    alike,
    instead,
    is_number,
    key_of,
    off_by,
    short,
)
from grader.diagnosis.dict_relations import of_dicts
from grader.diagnosis.plain_changes import changed, changes_of

Pair = tuple[Any, Any]  # what came, and what was expected
_LARGEST = 5000  # items of a list that is compared
_KINDS: dict[type, str] = {list: "a list", tuple: "a tuple", IteratorItems: "an iterator"}


def text_relation(pairs: Sequence[Pair], noun: str = "items") -> str | None:
    """Return what the first value is in terms of the expected one, such as `the expected ids in
    reverse order`; None if nothing simple holds.

    Args:
        pairs: the call that failed, then the other calls of its test, right ones too: for a small
            value the relation must hold in all of them.
        noun: what the items of a list are called.
    """
    got, expected = pairs[0]
    try:
        if alike(got, expected) or _size(got) > _LARGEST or _size(expected) > _LARGEST:
            return None
        found = _numbers(pairs) if is_number(got) and is_number(expected) else None
        return found or next(_of_one(pairs, noun), None)
    except (TypeError, ValueError, AttributeError, OverflowError, RecursionError):
        return None  # unforeseen keys or items


def instead_of(got: Any, expected: Any) -> OfOneItem:
    """Return `7 instead of 9`, with long values cut."""
    return instead(short(got), short(expected))


def _of_one(pairs: Sequence[Pair], noun: str) -> Iterator[str]:
    got, expected = pairs[0]
    what = _what(expected, noun)
    yield from _empty(got, expected)
    yield from _always_the_same(pairs)
    yield from _shifted(pairs, noun)
    for change in changes_of(expected):
        predicted = changed(change, expected)
        if alike(predicted, got) and _is_shown(pairs, lambda one: changed(change, one)):  # noqa: B023
            yield f"{what}{',' if change[0].startswith('each ') else ''} {change[0]}"
    if isinstance(got, (list, tuple)) and isinstance(expected, (list, tuple)):
        if type(got) is not type(expected) and alike(list(got), list(expected)):
            kind = _KINDS.get(type(got), f"a {type(got).__name__}")
            yield f"the expected {noun}, as {kind}"
        yield from _of_lists(list(got), list(expected), noun)
    elif isinstance(expected, (list, tuple)):
        yield from _of_no_list(got, list(expected), noun)
    if isinstance(got, dict) and isinstance(expected, dict):
        yield from _affixes(list(got), list(expected), "the expected dict, each key")
        yield from of_dicts(got, expected)
    if isinstance(got, (str, bytes)) and type(got) is type(expected):
        yield from _of_texts(got, expected)


def _what(expected: Any, noun: str) -> str:
    if isinstance(expected, (list, tuple)):
        return f"the expected {noun}"
    kinds: dict[Any, str] = {str: "text", dict: "dict"}
    return f"the expected {kinds.get(type(expected), 'value')}"


def _empty(got: Any, expected: Any) -> Iterator[str]:
    if isinstance(got, (str, bytes, list, tuple, dict)) and not got and expected:
        yield f"an empty {type(got).__name__}"


def _always_the_same(pairs: Sequence[Pair]) -> Iterator[str]:
    wrong = [(got, expected) for got, expected in pairs if not alike(got, expected)]
    differ = len({short(expected) for _, expected in wrong}) > 1
    if _size(pairs[0][0]) and differ and all(alike(got, wrong[0][0]) for got, _ in wrong):
        yield "the same value in every call with a wrong result, whatever the arguments"


def _shifted(pairs: Sequence[Pair], noun: str) -> Iterator[str]:
    """Find a number by which every item of a list is off, in the first call or in all."""
    for some in (pairs[:1], pairs):
        apart: list[int] = []
        for got, expected in some:
            if not _are_ints(got) or not _are_ints(expected) or len(got) != len(expected):
                return
            apart += [one - other for one, other in zip(got, expected, strict=True)]
        if len(apart) >= FEWEST and len(set(apart)) == 1:
            yield f"the expected {noun}, each {off_by(apart[0])}"


def _are_ints(value: Any) -> bool:
    return isinstance(value, list) and all(type(one) is int for one in value)


def _is_shown(pairs: Sequence[Pair], predict: Any) -> bool:
    """Return whether the evidence is strong: a large value, or several calls that all agree."""
    wrong = [(got, expected) for got, expected in pairs if not alike(got, expected)]
    agree = all(alike(predict(expected), got) for got, expected in pairs)
    return _size(pairs[0][1]) >= FEWEST or (len(wrong) > 1 and agree)


def _numbers(pairs: Sequence[Pair]) -> str | None:
    """Relate single numbers: all calls of the test must agree, and at least two must be wrong."""
    if not all(is_number(got) and is_number(expected) for got, expected in pairs):
        return None
    wrong = [(got, expected) for got, expected in pairs if got != expected]
    if len({expected for _, expected in wrong}) < 2:
        return None
    if len({got for got, _ in wrong}) == 1:
        return f"the same number, {short(wrong[0][0])}, in every call with a wrong result"
    if len(wrong) < len(pairs):
        return None
    got, expected = wrong[0]
    if all(one - other == got - expected for one, other in wrong):
        sign = "plus" if got > expected else "minus"
        return f"the expected number {sign} {abs(got - expected)}"
    if expected and all(one * expected == other * got for one, other in wrong):
        factor, is_less = (got / expected, False) if got >= expected else (expected / got, True)
        return f"the expected number {'divided by' if is_less else 'times'} {factor:.6g}"
    return None


def _of_no_list(got: Any, expected: list[Any], noun: str) -> Iterator[str]:
    if len(expected) == 1 and alike(got, expected[0]):
        yield f"the only one of the expected {noun}, not in a list"
    if len(expected) > 1 and alike(got, _joined(expected)):
        yield f"the expected {noun} joined, not in a list"
    for which, at in (("first", 0), ("last", -1)):
        if len(expected) > 1 and alike(got, expected[at]):
            yield f"only the {which} of the expected {noun}, not in a list"


def _affixes(got: list[Any], expected: list[Any], what: str) -> Iterator[str]:
    """Find what every text lacks, or has in addition, at one of its ends."""
    if len(got) != len(expected) or len(got) < FEWEST:
        return
    if not all(type(one) is str for one in (*got, *expected)):
        return
    one, other = got[0], expected[0]
    for longer, shorter, is_missing in ((other, one, True), (one, other, False)):
        apart = longer[len(shorter) :]
        pairs = list(zip(got, expected, strict=True))
        long_first = [(b, a) if is_missing else (a, b) for a, b in pairs]
        how = "without {!r}" if is_missing else "with {!r} added"
        if apart and all(a == b + apart for a, b in long_first):
            yield f"{what} {how.format(apart)} at its end"
        apart = longer[: len(longer) - len(shorter)]
        if apart and all(a == apart + b for a, b in long_first):
            yield f"{what} {how.format(apart)} at its beginning"


def _of_lists(got: list[Any], expected: list[Any], noun: str) -> Iterator[str]:
    nested = [item for one in got for item in (one if isinstance(one, (list, tuple)) else [one])]
    if len(nested) != len(got) and alike(nested, expected):
        yield f"the expected {noun}, grouped into lists inside the list"
    yield from _affixes(got, expected, f"the expected {noun}, each")
    full = [item for item in got if item not in ("", b"", None, [])]
    if len(full) < len(got) and alike(full, expected):
        yield f"the expected {noun} with {len(got) - len(full)} empty ones added"
    longer = len(got) - len(expected)
    if longer > 0 and expected:
        if alike(got[longer:], expected):
            yield f"the expected {noun}, with {_extra(got[:longer], 'before')}"
        if alike(got[:-longer], expected):
            yield f"the expected {noun}, with {_extra(got[-longer:], 'after')}"
    if longer < 0 and got:
        if alike(got, expected[:longer]):
            yield f"only the first {len(got)} of the {len(expected)} expected {noun}"
        if alike(got, expected[-longer:]):
            yield f"only the last {len(got)} of the {len(expected)} expected {noun}"
    yield from _rearranged(got, expected, noun)


def _rearranged(got: list[Any], expected: list[Any], noun: str) -> Iterator[str]:
    joined = _joined(got), _joined(expected)
    if joined[0] is not None and joined[0] == joined[1]:
        is_text = isinstance(joined[0], str)
        what = "text" if is_text else "bytes"
        counts = instead(f"{len(got)} {noun}", str(len(expected)))
        yield OfOneItem(f"the right {what}, cut into {counts}")
    keys = [Counter(map(key_of, items)) for items in (got, expected)]
    if len(expected) >= FEWEST and keys[0] == keys[1]:
        yield OfOneItem(f"the expected {noun} in a different order")


def _joined(items: list[Any]) -> str | bytes | None:
    for kind in (str, bytes):
        if items and all(type(item) is kind for item in items):
            return kind().join(items)
    return None


def _extra(items: list[Any], where: str) -> str:
    if len(items) == 1:
        return f"one extra {where} them: {short(items[0])}"
    return f"{len(items)} extra {where} them: {short(items)}"


def _of_texts(got: Any, expected: Any) -> Iterator[str]:
    if expected and got.startswith(expected):
        yield f"the expected text with {short(got[len(expected) :])} after it"
    if expected and got.endswith(expected):
        yield f"the expected text with {short(got[: -len(expected)])} before it"
    if len(got) >= FEWEST and expected.startswith(got):
        yield f"the expected text without {short(expected[len(got) :])} at its end"
    if len(got) >= FEWEST and expected.endswith(got):
        yield f"the expected text without {short(expected[: -len(got)])} at its beginning"


def _size(value: Any) -> int:
    return len(value) if isinstance(value, (str, bytes, list, tuple, dict)) else 1
