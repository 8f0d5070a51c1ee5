"""How a wrong dict relates to the expected one."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from grader.diagnosis.comparing import FEWEST, alike, is_number, key_of, off_by, short


def of_dicts(got: dict[Any, Any], expected: dict[Any, Any]) -> Iterator[str]:
    common = [key for key in expected if key in got]
    missing = [key for key in expected if key not in got]
    extra = [key for key in got if key not in expected]
    wrong = [key for key in common if not alike(got[key], expected[key])]
    if not missing and not extra and len(wrong) >= FEWEST:
        yield from _of_values(got, expected, wrong)
    if wrong:
        return
    keys = list(expected)
    if missing and not extra:
        if len(missing) == 1:
            yield f"the expected dict without {short(missing[0])}{_which(keys, missing[0])}"
        elif words := _in_common(missing, common):
            yield f"the expected dict without the {len(missing)} keys that {words}"
        elif common and keys[: len(common)] == common:
            yield f"only the first {_of_entries(common, keys)}"
        elif common and keys[-len(common) :] == common:
            yield f"only the last {_of_entries(common, keys)}"
    if extra and not missing:
        some = "one extra key," if len(extra) == 1 else f"{len(extra)} extra keys, such as"
        yield f"the expected dict with {some} {short(extra[0])}"


def _of_entries(some: list[Any], all_of_them: list[Any]) -> str:
    count = f"{len(some)} " if len(some) > 1 else ""
    return f"{count}of the {len(all_of_them)} expected entries"


def _which(keys: list[Any], key: Any) -> str:
    if len(keys) > 1 and key == keys[-1]:
        return ", the last key"
    return ", the first key" if len(keys) > 1 and key == keys[0] else ""


def _of_values(got: dict[Any, Any], expected: dict[Any, Any], wrong: list[Any]) -> Iterator[str]:
    if all(is_number(got[key]) and is_number(expected[key]) for key in wrong):
        apart = {got[key] - expected[key] for key in wrong}
        if len(apart) == 1 and len(wrong) == len(expected):
            (by,) = apart
            yield f"the expected dict, each value {off_by(by)}"
    if Counter(map(key_of, got.values())) == Counter(map(key_of, expected.values())):
        yield f"the expected dict, with the values of {len(wrong)} keys mixed up"


def _in_common(some: list[Any], others: list[Any]) -> str | None:
    """Return what some keys have in common and the others don't."""
    tests = {
        "begin or end with whitespace": lambda one: one.strip() != one,
        "aren't ASCII": lambda one: not one.isascii(),
        "are a single byte or character": lambda one: len(one) == 1,
        "are longer than one byte or character": lambda one: len(one) > 1,
        "contain a digit": lambda one: any(ch.isdigit() for ch in one),
    }
    for words, test in tests.items():
        if all(isinstance(one, (str, bytes)) for one in (*some, *others)):
            try:
                if all(map(test, some)) and not any(map(test, others)):
                    return words
            except AttributeError:
                continue
    return None
