"""Which call of a stage's function is the first that differs from the reference's calls."""

import inspect
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch

from grader.calls.outcome import Seen
from grader.calls.plain_values import tensors_in
from grader.calls.recorder import MOST_EACH
from grader.diagnosis.odd_call import OddCall, StageCall
from grader.diagnosis.seen_values import slices
from grader.diagnosis.two_tensors import Problem
from grader.diagnosis.value_relation import alike_tensors, same_value, value_relation
from grader.language import joined, mark, tr

NOT_NONE = mark("a value instead of None")
# What was seen comes from an untrusted process, so there may be too much of it:
MOST_CALLS = 300
MOST_VALUES = 1000


def stage_calls(seen: Sequence[Seen], find: Callable[[str], Any]) -> list[StageCall]:
    """Return the calls of stages' functions; `find` returns the reference's by name."""
    calls = []
    for one in seen:
        if one.function is None:
            continue
        try:
            signature = inspect.signature(find(one.function))
            bound = signature.bind(*one.args, **one.kwargs)
        except (AttributeError, KeyError, TypeError, ValueError):
            continue  # a helper of the learner's own
        calls.append(StageCall(one.function, bound.arguments, one))
    return calls[:MOST_CALLS]


def first_odd_call(
    own: Sequence[StageCall], right: Sequence[StageCall], problem: Problem, raised: bool = False
) -> OddCall | None:
    """Return the first call that the reference makes with other arguments, or with another result;
    None if there is none, or if the calls can't be compared: with tensors of other shapes a call
    may be right in its own way, unless it is the last and has `raised`."""
    found = _first_odd_call(own, right, problem, raised)
    if found is None:
        return None
    before = own[: own.index(found.call)]
    return replace(found, is_after_others=any(_is_apart(one, right) for one in before))


def _first_odd_call(
    own: Sequence[StageCall], right: Sequence[StageCall], problem: Problem, raised: bool
) -> OddCall | None:
    last_right = None
    matched: list[StageCall] = []  # calls of the reference that have been made
    apart: list[StageCall] = []  # calls that can't be compared
    made: Counter[str] = Counter()
    for call in own:
        others = [one for one in right if one.function == call.function]
        shapes_count = not (raised and call is own[-1])
        comparable = [one for one in others if _comparable(call, one, shapes_count)]
        at = made[call.function]
        made[call.function] += 1
        if not comparable:
            if len(others) > at and (odd := _unlike(call, others[at], apart, problem)):
                return OddCall(last_right, call, *odd)
            if others:
                apart.append(call)
            continue
        same = [one for one in comparable if not _differing(call, one)]
        same.sort(key=lambda one: len(_one_is_none(call, one)))
        if same and same_value(call.seen.value, same[0].seen.value):
            last_right = call
            matched += [one for one in same if not _one_is_none(call, one)]
        elif len(others) <= at and len(others) < MOST_EACH and _all_in(others, matched):
            return OddCall(last_right, call, [], [], is_extra=True)
        elif same and (names := _one_is_none(call, same[0])):  # which explains the other result
            given = [None if call.given[one] is None else tr(NOT_NONE) for one in names]
            return OddCall(last_right, call, names, given) if len(names) <= 2 else None
        elif same:
            returned = value_relation(call.seen.value, same[0].seen.value, problem)
            return OddCall(last_right, call, [], [returned])
        else:
            as_often = len(others) == sum(one.function == call.function for one in own)
            nearest = min(comparable, key=lambda one: _distance(call, one))
            meant = others[at] if as_often and others[at] in comparable else nearest
            names = _differing(call, meant)
            if len(names) > 2:
                return None
            if any(_comes_from(call.given[name], one) for name in names for one in apart):
                return None  # that call may be where it goes wrong
            how = [
                value_relation(call.given[one], meant.given[one], problem)
                or _other_than(meant.given[one], right, problem)
                for one in names
            ]
            return OddCall(last_right, call, names, how)
    return None


def _other_than(value: Any, right: Sequence[StageCall], problem: Problem) -> str | None:
    """Say that an argument is something other than the value that the reference passes, if it is
    known where that comes from."""
    if not isinstance(value, torch.Tensor):
        return None
    known = [words for words, given in problem.given if same_value(value, given)]
    known += [
        tr("what {function} returns", function=one.function)
        for one in right
        if isinstance(one.seen.value, torch.Tensor) and same_value(value, one.seen.value)
    ]
    return tr("something other than {value}", value=known[0]) if known else None


def missing_call(
    own: Sequence[StageCall], right: Sequence[StageCall], seen: Sequence[Seen]
) -> str | None:
    """Return which call the reference makes and the learner's code doesn't, though it calls the
    function: `transformer_block with layer=2`. None if it gets the result in another way."""
    for call in right:
        alike = [one for one in own if one.function == call.function and _comparable(one, call)]
        if not alike or any(not _differing(one, call) for one in alike):
            continue
        values = [one.value for one in seen[:MOST_VALUES] if one.value is not None]
        if any(same_value(value, call.seen.value) for value in values):
            continue
        numbers = {
            name: value
            for name, value in call.given.items()
            if type(value) is int and all(one.given[name] != value for one in alike)
        }
        if numbers:
            listed = joined([f"{name}={value}" for name, value in numbers.items()])
            return tr("{function} with {arguments}", function=call.function, arguments=listed)
    return None


def never_called(
    own: Sequence[StageCall], right: Sequence[StageCall], seen: Sequence[Seen], problem: Problem
) -> str | None:
    """Return a function that the reference calls with some of the given weights, if the learner's
    code neither calls it nor touches these weights."""
    called = {one.function for one in own}
    values = [one.value for one in seen[:MOST_VALUES] if isinstance(one.value, torch.Tensor)]
    for call in right:
        tensors = [one for one in call.given.values() if isinstance(one, torch.Tensor)][1:]
        weights = [
            one for one in tensors if any(alike_tensors(one, given) for _, given in problem.values)
        ]
        has_any = any(alike_tensors(value, weight) for value in values for weight in weights)
        if weights and call.function not in called and not has_any:
            return call.function
    return None


def _all_in(calls: Sequence[StageCall], some: Sequence[StageCall]) -> bool:
    return all(any(one is other for other in some) for one in calls)


def _unlike(
    call: StageCall, meant: StageCall, apart: Sequence[StageCall], problem: Problem
) -> tuple[list[str], list[str | None]] | None:
    """Return which one or two arguments of a call have another shape or type, or other values, if
    all others are right and it gives something else; and how they relate to the right ones. The
    first argument is what a function works on, which may rightly come in other pieces, unless it
    holds the ids of tokens."""
    if call.given.keys() != meant.given.keys() or same_value(call.seen.value, meant.seen.value):
        return None
    names = _differing(call, meant)
    first = next(iter(call.given))
    if not 0 < len(names) <= 2 or _one_is_none(call, meant):
        return None
    if _are_swapped(names, call, meant):
        one, other = names
        return names, [tr("what `{name}` should be", name=name) for name in (other, one)]
    if first in names and not _are_ids(meant.given[first]):
        return None
    if any(_comes_from(call.given[name], one) for name in names for one in apart):
        return None  # that call may be where it goes wrong
    return names, [value_relation(call.given[one], meant.given[one], problem) for one in names]


def _are_swapped(names: Sequence[str], call: StageCall, meant: StageCall) -> bool:
    if len(names) != 2 or any(call.given[name] is None for name in names):
        return False
    one, other = names
    same = same_value(call.given[one], meant.given[other])
    return same and same_value(call.given[other], meant.given[one])


def _are_ids(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.dtype == torch.int64


def _comparable(call: StageCall, other: StageCall, shapes_count: bool = True) -> bool:
    """Return whether two calls have the same parameters, with tensors of the same shapes."""
    if call.given.keys() != other.given.keys():
        return False
    if not shapes_count:
        return True
    pairs = ((call.given[name], other.given[name]) for name in call.given)
    return all(getattr(one, "shape", None) == getattr(two, "shape", None) for one, two in pairs)


def _is_apart(call: StageCall, right: Sequence[StageCall]) -> bool:
    """Return whether the reference calls the function too, but with tensors of other shapes."""
    others = [one for one in right if one.function == call.function]
    return bool(others) and not any(_comparable(call, one) for one in others)


def _distance(call: StageCall, other: StageCall) -> tuple[int, int]:
    """Return how far a call is from another: how many arguments differ, then how early the first of
    them comes, which counts as farther."""
    names = _differing(call, other)
    return len(names), -min(map(list(call.given).index, names))


def _differing(call: StageCall, other: StageCall) -> list[str]:
    return [name for name in call.given if not same_value(call.given[name], other.given[name])]


def _comes_from(value: Any, call: StageCall) -> bool:
    """Return whether a tensor is the result of a call, or in it, or a part of it."""
    return isinstance(value, torch.Tensor) and any(
        part.shape == value.shape and alike_tensors(value, part)
        for one in tensors_in(call.seen.value)
        for part in _parts(one, value)
    )


def _parts(tensor: torch.Tensor, like: torch.Tensor) -> Iterator[torch.Tensor]:
    """Yield a tensor, its slices, and its columns in blocks as wide as another tensor."""
    yield from slices(tensor)
    if tensor.dim() == like.dim() == 2 and 0 < like.shape[1] < tensor.shape[1]:
        yield from tensor.split(like.shape[1], dim=1)


def _one_is_none(call: StageCall, other: StageCall) -> list[str]:
    """Return the parameters for which only one of two calls has a value: the other passes None, or
    what can't be sent."""
    return [
        name for name in call.given if (call.given[name] is None) != (other.given[name] is None)
    ]
