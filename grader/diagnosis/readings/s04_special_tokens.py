"""Find the first special token that is out of place."""

from typing import Any

from grader.diagnosis.comparing import of_one_item, short
from grader.diagnosis.readings import WrongCall, told
from grader.diagnosis.relations import located_result
from grader.diagnosis.text_relations import text_relation
from grader.language import Words, mark, tr
from grader.verdict import Located


def special_token_ids(wrong: WrongCall) -> Located | None:
    got, expected = wrong.got, wrong.expected
    if not isinstance(got, dict):
        return None
    odd_types = [type(one).__name__ for one in got.values() if type(one) is not int]
    if odd_types:
        right = got.keys() == expected.keys() and all(got[one] == expected[one] for one in got)
        words = mark("the expected ids, but of type {type}, not int")
        return located_result(tr(words, type=odd_types[0])) if right else None
    names, how = list(expected), text_relation(wrong.pairs)
    odd = next((at for at, name in enumerate(names) if not _right(got, expected, name)), None)
    if odd is None:
        extra = [name for name in got if name not in expected]
        if not extra:
            return None
        more = f"{short(extra[0])}: {short(got[extra[0]])}"
        says = tr(
            "All 256 names have the right ids, but there are {count} more: {more}.",
            count=len(extra),
            more=more,
        )
        return Located(None, None, more, tr("{count} names too many", count=len(extra)), says)
    name, first = names[odd], next(iter(expected.values()))
    number = first + odd
    until = f"{names[odd - 1]}, {number - 1}" if odd else None
    has = tr("`{name}` is missing", name=name)
    if name in got:
        has = tr("`{name}` has the id {number}", name=name, number=short(got[name]))
    there = [str(one) for one, value in got.items() if value == number and type(value) is int]
    should = mark("Its id should be {number}; in your table {has}.")
    if there:
        should = mark(
            "Its id should be {number}; in your table {has}, and {number} is the id of `{other}`."
        )
    text = told(
        tr("You return {how}.", how=how) if how else "",
        _out_of_place(names, odd),
        tr(should, number=number, has=has, other=there[0] if there else ""),
        tr("Some of your names contain {brace}: is the f before the quotes missing?", brace="`{`")
        if any("{" in str(one) for one in got)
        else "",
    )
    how = how or of_one_item(tr("{has}; it should be {number}", has=has, number=number))
    return Located(None, until, f"`{name}`", how, text)


def _right(got: dict[Any, Any], expected: dict[str, int], name: str) -> bool:
    return name in got and type(got[name]) is int and got[name] == expected[name]


def _out_of_place(names: list[str], at: int) -> Words:
    """Return which name is the first out of place, and between which others it belongs."""
    words = mark(
        "The first special token out of place is `{name}`, between `{before}` and `{after}`."
    )
    before, after = names[at - 1], names[(at + 1) % len(names)]
    if not at:
        words = mark(
            "The first special token out of place is `{name}`, the very first, before `{after}`."
        )
    elif at + 1 == len(names):
        words = mark(
            "The first special token out of place is `{name}`, the very last, after `{before}`."
        )
    return tr(words, name=names[at], before=before, after=after)
