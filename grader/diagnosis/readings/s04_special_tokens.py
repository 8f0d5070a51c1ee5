"""Find the first special token that is out of place."""

from typing import Any

from grader.diagnosis.comparing import OfOneItem, short
from grader.diagnosis.readings import WrongCall, told
from grader.diagnosis.text_relations import text_relation
from grader.verdict import Located


def special_token_ids(wrong: WrongCall) -> Located | None:
    got, expected = wrong.got, wrong.expected
    if not isinstance(got, dict):
        return None
    names, how = list(expected), text_relation(wrong.pairs)
    odd = next((at for at, name in enumerate(names) if not _right(got, expected, name)), None)
    if odd is None:
        extra = [name for name in got if name not in expected]
        if not extra:
            return None
        more = f"{short(extra[0])}: {short(got[extra[0]])}"
        text = f"All 256 names have the right ids, but there are {len(extra)} more: {more}."
        return Located(None, None, more, f"{len(extra)} names too many", text)
    name, first = names[odd], next(iter(expected.values()))
    number = first + odd
    until = f"{names[odd - 1]}, {number - 1}" if odd else None
    has = f"`{name}` has the id {short(got[name])}" if name in got else f"`{name}` is missing"
    there = [str(one) for one, value in got.items() if value == number and type(value) is int]
    instead = f", and {number} is the id of `{there[0]}`" if there else ""
    text = told(
        f"You return {how}." if how else "",
        f"The first special token out of place is `{name}`{_between(names, odd)}.",
        f"Its id should be {number}; in your table {has}{instead}.",
    )
    how = how or OfOneItem(f"{has}; it should be {number}")
    return Located(None, until, f"`{name}`", how, text)


def _right(got: dict[Any, Any], expected: dict[str, int], name: str) -> bool:
    return name in got and type(got[name]) is int and got[name] == expected[name]


def _between(names: list[str], at: int) -> str:
    if not at:
        return f", the very first, before `{names[1]}`"
    if at + 1 == len(names):
        return f", the very last, after `{names[at - 1]}`"
    return f", between `{names[at - 1]}` and `{names[at + 1]}`"
