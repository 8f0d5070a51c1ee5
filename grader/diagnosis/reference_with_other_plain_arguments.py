"""Find the other arguments with which the reference returns exactly the plain values that came, in
all calls of a test: messages in reverse order, a text in lower case, one key/value head per query
head."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, permutations
from typing import Any

from grader.diagnosis.comparing import FEWEST, alike
from grader.diagnosis.effort import Effort
from grader.diagnosis.plain_changes import changed, text_changes
from grader.diagnosis.readings import OneCall
from grader.language import Words, mark, tr

MOST_CALLS = 300  # small ones
Arguments = Mapping[str, Any]
_Changes = Callable[[Arguments], Arguments]  # returns the arguments that change
_ENOUGH = 12  # items in a result that prove something on their own
_FEW = 6  # values of one parameter, or of one key, that are tried


def other_plain_arguments(
    function: Callable[..., Any], names: Sequence[str], calls: Sequence[OneCall]
) -> Words | None:
    """Return with which other arguments the reference gives what came: `what you'd get with ...`;
    None if no others are known to.

    Args:
        names: the names of the parameters.
        calls: the call that failed, then the other calls of the test, which must agree.
    """
    effort = Effort(MOST_CALLS)
    first = calls[0]
    wrong = [one for one in calls if not alike(*one.pair)]
    if len(wrong) < 2 and (_size(first.expected) < FEWEST or isinstance(first.expected, dict)):
        return None  # a dict of sizes may differ in a single number
    given = dict(zip(names, first.args, strict=False))
    here = None
    for words, change in chain(_as_in_others(names, calls), _changes(given)):
        if not effort.spend(first.args):
            break
        if not _gives(function, names, first, change):
            continue
        if all(_gives(function, names, one, change) for one in calls[1:]):
            return tr("what you'd get with {change}", change=words)
        if _size(first.expected) >= _ENOUGH:
            here = here or tr("what you'd get in this call with {change}", change=words)
    return here


def _as_in_others(names: Sequence[str], calls: Sequence[OneCall]) -> Iterator[tuple[str, _Changes]]:
    """Yield what one parameter is in some call, as its value in every call."""
    for at, name in enumerate(names):
        values: list[Any] = []
        for one in calls:
            value = one.args[at] if at < len(one.args) else None
            if (value is None or type(value) in (int, float)) and value not in values:
                values.append(value)
        for value in values[:_FEW] if len(values) > 1 else []:
            words = tr("{name}={value} in every call", name=name, value=value)
            yield words, partial(_instead, {name: value})
            if value is not None:
                words = tr("{name}={value} where it is None", name=name, value=value)
                yield words, partial(_for_none, name, value)


def _for_none(name: str, value: Any, given: Arguments) -> Arguments:
    return {name: value} if given.get(name) is None else {}


def _instead(new: Arguments, given: Arguments) -> Arguments:
    return new


def _gives(
    function: Callable[..., Any], names: Sequence[str], call: OneCall, change: _Changes
) -> bool:
    given = dict(zip(names, call.args, strict=False))
    try:
        return alike(function(**{**given, **change(given)}), call.got)
    except Exception:  # the reference can't be asked this
        return False


def _changes(given: Mapping[str, Any]) -> Iterator[tuple[str, _Changes]]:
    """Yield other arguments, with words for what they are."""
    for name, value in given.items():
        if isinstance(value, str):
            for words, change in text_changes():
                yield tr("{name} {change}", name=name, change=words), _on(name, (words, change))
        if type(value) is int:
            for words, number in _OF_NUMBERS:
                yield tr("{name} {change}", name=name, change=tr(words)), _on(name, (words, number))
        if type(value) is float or value is None:
            yield f"{name}=None", _on(name, ("", lambda one: None))
            yield f"{name}=1.0", _on(name, ("", lambda one: 1.0))
        if isinstance(value, list):
            for words, rearrange in _OF_LISTS:
                said = tr("{name} {change}", name=name, change=tr(words))
                yield said, _on(name, (words, rearrange))
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield from _in_messages(name, value)
        if isinstance(value, dict) and all(isinstance(key, str) for key in value):
            yield from _in_params(name, value)
    for one, two in permutations(given, 2):
        if type(given[one]) is type(given[two]) is int:
            words = tr("{one} in place of {other}", one=one, other=two)
            yield words, partial(_one_for_two, one, two)


_OF_NUMBERS: list[tuple[str, Callable[[Any], Any]]] = [
    (mark("one too high"), lambda one: one + 1),
    (mark("one too low"), lambda one: one - 1),
    (mark("doubled"), lambda one: 2 * one),
    (mark("halved"), lambda one: one // 2),
]
_OF_LISTS: list[tuple[str, Callable[[Any], Any]]] = [
    (mark("in reverse order"), lambda items: items[::-1]),
    (mark("without the first one"), lambda items: items[1:]),
    (mark("without the last one"), lambda items: items[:-1]),
    (mark("cut to the first one"), lambda items: items[:1]),
    (mark("cut to the last one"), lambda items: items[-1:]),
    (
        mark("without duplicates"),
        lambda items: [o for at, o in enumerate(items) if o not in items[:at]],
    ),
]


def _on(name: str, change: tuple[str, Callable[[Any], Any]]) -> Callable[[Arguments], Arguments]:
    return lambda given: {name: changed(change, given[name])}


def _in_messages(name: str, value: list[dict[str, Any]]) -> Iterator[tuple[str, _Changes]]:
    """Yield changes of the value of one key in each dict of a list."""
    for key, item in value[0].items():
        if not isinstance(item, str):
            continue
        for words, change in text_changes():
            yield (
                tr("every {key!r} {change}", key=key, change=words),
                partial(_each_message, name, partial(_with_text, key, change)),
            )
        for other in value[0]:
            if other != key:
                yield (
                    tr("every {other!r} in place of {key!r}", other=other, key=key),
                    partial(_each_message, name, partial(_with_other, key, other)),
                )
        for usual in sorted(
            {str(one[key]) for one in value if len(str(one[key])) < 16} | {"user", "assistant"}
        ):
            yield (
                tr("{usual!r} as every {key!r}", usual=usual, key=key),
                partial(_each_message, name, partial(_with_value, key, usual)),
            )
    yield from _sorted_by_key(name, value)


def _sorted_by_key(name: str, value: list[dict[str, Any]]) -> Iterator[tuple[str, _Changes]]:
    for key in value[0]:
        values = dict.fromkeys(str(one.get(key)) for one in value)
        if len(values) > _FEW:
            continue
        for first in values:
            yield (
                tr(
                    "the {name} whose {key!r} is {first!r} moved to the front",
                    name=name,
                    key=key,
                    first=first,
                ),
                partial(_first_those, name, key, first),
            )
            yield (
                tr(
                    "the {name} whose {key!r} is {first!r} left out",
                    name=name,
                    key=key,
                    first=first,
                ),
                partial(_without_those, name, key, first),
            )


def _in_params(name: str, value: Mapping[str, Any]) -> Iterator[tuple[str, _Changes]]:
    """Yield changes of a dict of parameters."""
    for key, known in value.items():
        if type(known) not in (int, float) and known is not None:
            continue
        yield f"{key}=None", _with(name, key, lambda one: None)
        if type(known) is int:
            yield f"{key}=1", _with(name, key, lambda one: 1)
        for words, number in _OF_NUMBERS if type(known) is int else ():
            yield tr("{name} {change}", name=key, change=tr(words)), _with(name, key, number)
    ints = [key for key, known in value.items() if type(known) is int]
    for one, two in permutations(ints, 2):
        yield (
            tr("{one} in place of {other}", one=one, other=two),
            partial(_within, name, partial(_one_for_two, one, two)),
        )
        if one < two:
            yield (
                tr("{one} and {other} swapped", one=one, other=two),
                partial(_within, name, partial(_exchange, one, two)),
            )


def _with(name: str, key: str, change: Callable[[Any], Any]) -> _Changes:
    return lambda given: {name: {**given[name], key: change(given[name].get(key))}}


def _one_for_two(one: str, two: str, given: Arguments) -> Arguments:
    return {two: given[one]}


def _exchange(one: str, two: str, given: Arguments) -> Arguments:
    return {two: given[one], one: given[two]}


def _within(name: str, change: _Changes, given: Arguments) -> Arguments:
    return {name: {**given[name], **change(given[name])}}


def _each_message(name: str, change: _Changes, given: Arguments) -> Arguments:
    return {name: [{**one, **change(one)} for one in given[name]]}


def _with_text(key: str, change: Callable[[Any], Any], message: Arguments) -> Arguments:
    return {key: change(message[key])}


def _with_other(key: str, other: str, message: Arguments) -> Arguments:
    return {key: message[other]}


def _with_value(key: str, value: str, message: Arguments) -> Arguments:
    return {key: value}


def _first_those(name: str, key: str, first: str, given: Arguments) -> Arguments:
    return {name: sorted(given[name], key=lambda one: one[key] != first)}


def _without_those(name: str, key: str, first: str, given: Arguments) -> Arguments:
    return {name: [one for one in given[name] if one[key] != first]}


def _size(value: Any) -> int:
    return len(value) if isinstance(value, (str, bytes, list, tuple, dict)) else 1
