"""Find where code with plain results (text, bytes, numbers, lists, dicts) first goes wrong."""

import inspect
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from grader.calls.code_under_test import Call
from grader.calls.describe import shorten
from grader.calls.outcome import Returned, Seen
from grader.calls.plain_values import tensors_in
from grader.calls.request_writer import Callee
from grader.diagnosis.comparing import OfOneItem, alike
from grader.diagnosis.evidence import Record, Right, TestRun, WrongValue
from grader.diagnosis.readings import OneCall, Reading, WrongCall, told
from grader.diagnosis.reference_with_other_plain_arguments import other_plain_arguments
from grader.diagnosis.relations import located_result
from grader.diagnosis.text_relations import text_relation
from grader.language import mark, tr
from grader.verdict import Located

_NOUNS = {
    "PATTERN.findall": mark("chunks"),
    "split_text": mark("chunks"),
    "bpe_encode": mark("ids"),
    "encode_prompt": mark("ids"),
    "token_pieces": mark("pieces"),
    "encode_chat": mark("ids"),
}
_MOST_OTHERS = 60  # calls of a test that are compared
_LONGEST = 200  # characters of a relation
ALONE = mark("right when called on its own, without earlier calls")


def is_plain(value: Any) -> bool:
    """Return whether a value holds no tensors."""
    return next(tensors_in(value), None) is None


def wrong_call(
    run: TestRun,
    wrong: WrongValue,
    reference: Right,
    find: Callable[[str], Any],
    record: Record,
    probes: Sequence[tuple[Any, ...]] = (),
) -> WrongCall:
    """Collect what is known of the call that made a test fail, and call the code once more with
    each of `probes`."""
    seen = record(wrong.call)
    callee, args = wrong.call.callee, tuple(map(reference.follow, wrong.call.args))
    first = OneCall(args, wrong.got, wrong.expected)
    others = [] if callee.made else _others(run, wrong.call, reference)
    others += [one for args in probes if (one := _probed(wrong.call, args, record, reference))]
    made_with = tuple(map(reference.follow, callee.made.args)) if callee.made else ()
    return WrongCall(first, find, others, seen, made_with)


def _others(run: TestRun, call: Call, reference: Right) -> list[OneCall]:
    """Return the other calls of the same function in a test, with their expected results."""
    found = []
    for one in run.calls[:_MOST_OTHERS]:
        if one is call or one.callee != call.callee or not isinstance(one.outcome, Returned):
            continue
        try:
            expected = reference.call(one.callee, one.args)
        except Exception:  # an error was expected
            continue
        args = tuple(map(reference.follow, one.args))
        found.append(OneCall(args, one.outcome.value, expected))
    return found


def _probed(call: Call, args: tuple[Any, ...], record: Record, reference: Right) -> OneCall | None:
    seen = record(replace(call, args=args))
    if not returns(seen):
        return None
    return OneCall(args, seen[-1].value, reference.call(call.callee, args))


def returns(seen: Sequence[Seen]) -> bool:
    """Return whether the last thing seen is what the function returns."""
    return bool(seen) and seen[-1].place.text.startswith("return ")


def locate_plain(
    wrong: WrongCall, callee: Callee, reading: Reading | None, is_related: bool = False
) -> Located | None:
    """Return what can be said of a wrong plain value; None if nothing can.

    Args:
        is_related: whether it is known how a value on the way differs from the expected one.
    """
    found = _read(wrong, reading)
    if _right_alone(wrong):
        return kept_from_earlier(wrong.seen, found)
    how = found.relation if found else None
    says_enough = how is not None and not isinstance(how, OfOneItem)
    if callee.method is None and not is_related and not says_enough:
        function = wrong.find(callee.name)
        names = list(inspect.signature(function).parameters)
        other = other_plain_arguments(function, names, wrong.all)
        if other:
            known = tr("You return {how}.", how=how)
            rest = found.text.removeprefix(f"{known}\n") if found else ""
            text = told(tr("You return {how}.", how=other), rest)
            return replace(found or Located(), relation=other, text=text)
    how = how or text_relation(wrong.pairs, _NOUNS.get(callee.shown, mark("items")))
    if how is None:
        return found
    if found is None:
        return located_result(how)
    says = tr("You return {how}.", how=how)
    text = found.text if found.relation else told(says, found.text)
    return replace(found, relation=shorten(how, _LONGEST), text=text)


def _read(wrong: WrongCall, reading: Reading | None) -> Located | None:
    """Read a wrong result; None if it has an unforeseen form."""
    unforeseen = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RuntimeError)
    with suppress(*unforeseen):
        return reading(wrong) if reading else None
    return None


def _right_alone(wrong: WrongCall) -> bool:
    """Return whether the call gives the right result if the file has just been run."""
    if not wrong.is_wrong or not returns(wrong.seen):
        return False
    last = wrong.seen[-1].value
    return last is not None and is_plain(last) and alike(last, wrong.expected)


def kept_from_earlier(seen: Sequence[Seen], found: Located | None) -> Located:
    """Say that a call is right when it is made alone, and what is known of its wrong result."""
    says = tr(
        "Called on its own, your function returns the right result; in the test, after other "
        "calls, it doesn't. Is something kept from one call to the next, or is something random?"
    )
    text = told(says, found.text if found else "")
    first_wrong = found.first_wrong if found else None
    return Located(seen[-1].place.line, None, first_wrong, tr(ALONE), text)


def together(one: Located | None, other: Located | None) -> Located | None:
    """Combine what the values on the way show with what the result shows."""
    if one is None or other is None:
        return one or other
    return Located(
        one.line or other.line,
        one.right_until or other.right_until,
        one.first_wrong or other.first_wrong,
        one.relation or other.relation,
        told(other.text, one.text),
    )
