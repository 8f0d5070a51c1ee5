"""How a wrong dict relates to the expected one."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from grader.diagnosis.comparing import FEWEST, alike, is_number, key_of, off_by, short
from grader.language import Words, mark, tr


def of_dicts(got: dict[Any, Any], expected: dict[Any, Any]) -> Iterator[Words]:
    common = [key for key in expected if key in got]
    missing = [key for key in expected if key not in got]
    extra = [key for key in got if key not in expected]
    wrong = [key for key in common if not alike(got[key], expected[key])]
    if not missing and not extra and len(wrong) >= FEWEST:
        yield from _of_values(got, expected, wrong)
    if wrong:
        return
    if missing and not extra:
        yield from _without(missing, common, list(expected))
    if extra and not missing:
        words = mark("the expected dict with {count} extra keys, such as {key}")
        if len(extra) == 1:
            words = mark("the expected dict with one extra key, {key}")
        yield tr(words, count=len(extra), key=short(extra[0]))


def _without(missing: list[Any], common: list[Any], keys: list[Any]) -> Iterator[Words]:
    if len(missing) == 1:
        yield tr(_without_one(keys, missing[0]), key=short(missing[0]))
    elif words := _in_common(missing, common):
        yield tr(words, count=len(missing))
    elif common and keys[: len(common)] == common:
        words = mark("only the first {count} of the {total} expected entries")
        if len(common) == 1:
            words = mark("only the first of the {total} expected entries")
        yield tr(words, count=len(common), total=len(keys))
    elif common and keys[-len(common) :] == common:
        words = mark("only the last {count} of the {total} expected entries")
        if len(common) == 1:
            words = mark("only the last of the {total} expected entries")
        yield tr(words, count=len(common), total=len(keys))


def _without_one(keys: list[Any], key: Any) -> str:
    if len(keys) > 1 and key == keys[-1]:
        return mark("the expected dict without {key}, the last key")
    if len(keys) > 1 and key == keys[0]:
        return mark("the expected dict without {key}, the first key")
    return mark("the expected dict without {key}")


def _of_values(got: dict[Any, Any], expected: dict[Any, Any], wrong: list[Any]) -> Iterator[Words]:
    if all(is_number(got[key]) and is_number(expected[key]) for key in wrong):
        apart = {got[key] - expected[key] for key in wrong}
        if len(apart) == 1 and len(wrong) == len(expected):
            (by,) = apart
            yield tr("the expected dict, each value {off}", off=off_by(by))
    if Counter(map(key_of, got.values())) == Counter(map(key_of, expected.values())):
        words = mark("the expected dict, with the values of {count} keys mixed up")
        yield tr(words, count=len(wrong))


def _in_common(some: list[Any], others: list[Any]) -> str | None:
    """Return words for missing keys by what they have in common and the others don't."""
    tests = {
        mark(
            "the expected dict without the {count} keys that begin or end with whitespace"
        ): lambda one: one.strip() != one,
        mark("the expected dict without the {count} keys that aren't ASCII"): lambda one: (
            not one.isascii()
        ),
        mark(
            "the expected dict without the {count} keys that are a single byte or character"
        ): lambda one: len(one) == 1,
        mark(
            "the expected dict without the {count} keys that are longer than one byte or character"
        ): lambda one: len(one) > 1,
        mark("the expected dict without the {count} keys that contain a digit"): lambda one: any(
            ch.isdigit() for ch in one
        ),
    }
    for words, test in tests.items():
        if all(isinstance(one, (str, bytes)) for one in (*some, *others)):
            try:
                if all(map(test, some)) and not any(map(test, others)):
                    return words
            except AttributeError:
                continue
    return None
