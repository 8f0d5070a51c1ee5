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
    of_one_item,
    off_by,
    short,
)
from grader.diagnosis.dict_relations import of_dicts
from grader.diagnosis.plain_changes import changed, changes_of, changes_of_items
from grader.language import Words, mark, tr

Pair = tuple[Any, Any]  # what came, and what was expected
_LARGEST = 5000  # items of a list that is compared
_KINDS: dict[type, str] = {
    list: mark("the expected {noun}, as a list"),
    tuple: mark("the expected {noun}, as a tuple"),
    IteratorItems: mark("the expected {noun}, as an iterator"),
}


def text_relation(pairs: Sequence[Pair], noun: str = mark("items")) -> Words | None:
    """Return what the first value is in terms of the expected one, such as `the expected ids in
    reverse order`; None if nothing simple holds.

    Args:
        pairs: the call that failed, then the other calls of its test, right ones too: for a small
            value the relation must hold in all of them.
        noun: what the items of a list are called, in English.
    """
    got, expected = pairs[0]
    try:
        if alike(got, expected) or _size(got) > _LARGEST or _size(expected) > _LARGEST:
            return None
        found = _numbers(pairs) if is_number(got) and is_number(expected) else None
        return found or next(_of_one(pairs, tr(noun)), None)
    except (TypeError, ValueError, AttributeError, OverflowError, RecursionError):
        return None  # unforeseen keys or items


def instead_of(got: Any, expected: Any) -> OfOneItem:
    """Return `7 instead of 9`, with long values cut."""
    return instead(short(got), short(expected))


def _of_one(pairs: Sequence[Pair], noun: Words) -> Iterator[Words]:
    got, expected = pairs[0]
    yield from _empty(got, expected)
    yield from _always_the_same(pairs)
    yield from _shifted(pairs, noun)
    yield from _changed(pairs, noun)
    if isinstance(got, (list, tuple)) and isinstance(expected, (list, tuple)):
        if type(got) is not type(expected) and alike(list(got), list(expected)):
            words = _KINDS.get(type(got), mark("the expected {noun}, as a {kind}"))
            yield tr(words, noun=noun, kind=type(got).__name__)
        yield from _of_lists(list(got), list(expected), noun)
    elif isinstance(expected, (list, tuple)):
        yield from _of_no_list(got, list(expected), noun)
    if isinstance(got, dict) and isinstance(expected, dict):
        yield from _affixes(list(got), list(expected), tr("the expected dict, each key"))
        yield from of_dicts(got, expected)
    if isinstance(got, (str, bytes)) and type(got) is type(expected):
        yield from _of_texts(got, expected)


def _changed(pairs: Sequence[Pair], noun: Words) -> Iterator[Words]:
    """Find a simple change of the expected value, or of each of its items, that gives what came."""
    got, expected = pairs[0]
    kinds = (
        (mark("{what} {change}"), changes_of(expected)),
        (mark("{what}, {change}"), changes_of_items(expected)),
    )
    for words, changes in kinds:
        for change in changes:
            predicted = changed(change, expected)
            if alike(predicted, got) and _is_shown(pairs, lambda one: changed(change, one)):  # noqa: B023
                yield tr(words, what=_what(expected, noun), change=change[0])


def _what(expected: Any, noun: Words) -> Words:
    if isinstance(expected, (list, tuple)):
        return tr("the expected {noun}", noun=noun)
    kinds: dict[Any, str] = {str: mark("the expected text"), dict: mark("the expected dict")}
    words = kinds.get(type(expected), mark("the expected value"))
    return tr(words)


def _empty(got: Any, expected: Any) -> Iterator[Words]:
    if isinstance(got, (str, bytes, list, tuple, dict)) and not got and expected:
        yield tr("an empty {kind}", kind=type(got).__name__)


def _always_the_same(pairs: Sequence[Pair]) -> Iterator[Words]:
    wrong = [(got, expected) for got, expected in pairs if not alike(got, expected)]
    differ = len({short(expected) for _, expected in wrong}) > 1
    given = pairs[0][0]
    same = given is not None and all(alike(got, given) for got, _ in wrong)
    if _size(given) and differ and same:
        yield tr("the same value in all calls of this test that go wrong, whatever the arguments")


def _shifted(pairs: Sequence[Pair], noun: Words) -> Iterator[Words]:
    """Find a number by which every item of a list is off, in the first call or in all."""
    for some in (pairs[:1], pairs):
        apart: list[int] = []
        for got, expected in some:
            if not _are_ints(got) or not _are_ints(expected) or len(got) != len(expected):
                return
            apart += [one - other for one, other in zip(got, expected, strict=True)]
        if len(apart) >= FEWEST and len(set(apart)) == 1 and apart[0]:
            yield tr("the expected {noun}, each {off}", noun=noun, off=off_by(apart[0]))


def _are_ints(value: Any) -> bool:
    return isinstance(value, list) and all(type(one) is int for one in value)


def _is_shown(pairs: Sequence[Pair], predict: Any) -> bool:
    """Return whether the evidence is strong: a large value, or several calls that all agree."""
    wrong = [(got, expected) for got, expected in pairs if not alike(got, expected)]
    agree = all(alike(predict(expected), got) for got, expected in pairs)
    return _size(pairs[0][1]) >= FEWEST or (len(wrong) > 1 and agree)


def _numbers(pairs: Sequence[Pair]) -> Words | None:
    """Relate single numbers: all calls of the test must agree, and at least two must be wrong."""
    if not all(is_number(got) and is_number(expected) for got, expected in pairs):
        return None
    wrong = [(got, expected) for got, expected in pairs if got != expected]
    if len({expected for _, expected in wrong}) < 2:
        return None
    if len({got for got, _ in wrong}) == 1:
        words = mark("the same number, {number}, in every call with a wrong result")
        return tr(words, number=short(wrong[0][0]))
    if len(wrong) < len(pairs):
        return None
    got, expected = wrong[0]
    if all(one - other == got - expected for one, other in wrong):
        words = mark("the expected number minus {number}")
        if got > expected:
            words = mark("the expected number plus {number}")
        return tr(words, number=abs(got - expected))
    if expected and all(one * expected == other * got for one, other in wrong):
        if got >= expected:
            return tr("the expected number times {factor:.6g}", factor=got / expected)
        return tr("the expected number divided by {factor:.6g}", factor=expected / got)
    return None


def _of_no_list(got: Any, expected: list[Any], noun: Words) -> Iterator[Words]:
    if len(expected) == 1 and alike(got, expected[0]):
        yield tr("the only one of the expected {noun}, not in a list", noun=noun)
    if len(expected) > 1 and got is not None and alike(got, _joined(expected)):
        yield tr("the expected {noun} joined, not in a list", noun=noun)
    if len(expected) > 1 and alike(got, expected[0]):
        yield tr("only the first of the expected {noun}, not in a list", noun=noun)
    if len(expected) > 1 and alike(got, expected[-1]):
        yield tr("only the last of the expected {noun}, not in a list", noun=noun)


def _affixes(got: list[Any], expected: list[Any], what: Words) -> Iterator[Words]:
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
        if apart and all(a == b + apart for a, b in long_first):
            words = mark("{what} with {text!r} added at its end")
            if is_missing:
                words = mark("{what} without {text!r} at its end")
            yield tr(words, what=what, text=apart)
        apart = longer[: len(longer) - len(shorter)]
        if apart and all(a == apart + b for a, b in long_first):
            words = mark("{what} with {text!r} added at its beginning")
            if is_missing:
                words = mark("{what} without {text!r} at its beginning")
            yield tr(words, what=what, text=apart)


def _of_lists(got: list[Any], expected: list[Any], noun: Words) -> Iterator[Words]:
    nested = [item for one in got for item in (one if isinstance(one, (list, tuple)) else [one])]
    if len(nested) != len(got) and alike(nested, expected):
        yield tr("the expected {noun}, grouped into lists inside the list", noun=noun)
    yield from _affixes(got, expected, tr("the expected {noun}, each", noun=noun))
    full = [item for item in got if item not in ("", b"", None, [])]
    if len(full) < len(got) and alike(full, expected):
        words = mark("the expected {noun} with {count} empty ones added")
        yield tr(words, noun=noun, count=len(got) - len(full))
    longer = len(got) - len(expected)
    if longer > 0 and expected:
        if alike(got[longer:], expected):
            yield _before(got[:longer], noun)
        if alike(got[:-longer], expected):
            yield _after(got[-longer:], noun)
        yield from _inserted(got, expected, noun)
    if longer < 0 and got:
        known = {"count": len(got), "total": len(expected), "noun": noun}
        if alike(got, expected[:longer]):
            yield tr("only the first {count} of the {total} expected {noun}", **known)
        if alike(got, expected[-longer:]):
            yield tr("only the last {count} of the {total} expected {noun}", **known)
    yield from _rearranged(got, expected, noun)


def _inserted(got: list[Any], expected: list[Any], noun: Words) -> Iterator[Words]:
    """Find extra items in the middle."""
    pairs = zip(got, expected, strict=False)
    at = next((index for index, pair in enumerate(pairs) if not alike(*pair)), len(expected))
    count = len(got) - len(expected)
    if at >= FEWEST and alike(got[at + count :], expected[at:]):
        words = mark("the expected {noun}, with {count} extra at [{index}]: {items}")
        known = {"count": count, "index": at, "items": short(got[at : at + count])}
        yield tr(words, noun=noun, **known)


def _before(extra: list[Any], noun: Words) -> Words:
    if len(extra) == 1:
        words = mark("the expected {noun}, with one extra before them: {item}")
        return tr(words, noun=noun, item=short(extra[0]))
    words = mark("the expected {noun}, with {count} extra before them: {items}")
    return tr(words, noun=noun, count=len(extra), items=short(extra))


def _after(extra: list[Any], noun: Words) -> Words:
    if len(extra) == 1:
        words = mark("the expected {noun}, with one extra after them: {item}")
        return tr(words, noun=noun, item=short(extra[0]))
    words = mark("the expected {noun}, with {count} extra after them: {items}")
    return tr(words, noun=noun, count=len(extra), items=short(extra))


def _rearranged(got: list[Any], expected: list[Any], noun: Words) -> Iterator[Words]:
    joined = _joined(got), _joined(expected)
    if joined[0] is not None and joined[0] == joined[1]:
        words = mark("the right bytes, cut into {count} {noun} instead of {total}")
        if isinstance(joined[0], str):
            words = mark("the right text, cut into {count} {noun} instead of {total}")
        yield of_one_item(tr(words, count=len(got), noun=noun, total=len(expected)))
    keys = [Counter(map(key_of, items)) for items in (got, expected)]
    if FEWEST <= len(got) < len(expected) and keys[0] == Counter({*keys[1]}):
        yield tr("each of the expected {noun} only once, in a different order", noun=noun)
    if len(expected) >= FEWEST and keys[0] == keys[1]:
        yield of_one_item(tr("the expected {noun} in a different order", noun=noun))


def _joined(items: list[Any]) -> str | bytes | None:
    for kind in (str, bytes):
        if items and all(type(item) is kind for item in items):
            return kind().join(items)
    return None


def _of_texts(got: Any, expected: Any) -> Iterator[Words]:
    if got in (str([expected]), str((expected,))):
        yield tr("a list with the expected text, made into a text with its brackets")
    if expected and got.startswith(expected):
        yield tr("the expected text with {text} after it", text=short(got[len(expected) :]))
    if expected and got.endswith(expected):
        yield tr("the expected text with {text} before it", text=short(got[: -len(expected)]))
    if len(got) >= FEWEST and expected.startswith(got):
        text = short(expected[len(got) :])
        yield tr("the expected text without {text} at its end", text=text)
    if len(got) >= FEWEST and expected.endswith(got):
        text = short(expected[: -len(got)])
        yield tr("the expected text without {text} at its beginning", text=text)


def _size(value: Any) -> int:
    return len(value) if isinstance(value, (str, bytes, list, tuple, dict)) else 1
