"""Which call of a stage's function is the first that differs from the reference's calls."""

import inspect
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from grader.calls.outcome import Seen
from grader.calls.plain_values import tensors_in
from grader.calls.recorder import MOST_EACH
from grader.diagnosis.two_tensors import Problem
from grader.diagnosis.value_relation import alike_tensors, same_value, value_relation
from grader.language import Words, joined, mark, tr

_ORDINALS = (
    *(mark("first"), mark("second"), mark("third"), mark("fourth"), mark("fifth")),
    *(mark("sixth"), mark("seventh"), mark("eighth"), mark("ninth"), mark("tenth")),
)
NOT_NONE = mark("a value instead of None")
# What was seen comes from an untrusted process, so there may be too much of it:
MOST_CALLS = 300
MOST_VALUES = 1000


@dataclass(frozen=True, eq=False)
class StageCall:
    """A call of a stage's function, with its arguments by the names of the parameters."""

    function: str
    given: Mapping[str, Any]
    seen: Seen


@dataclass(frozen=True)
class OddCall:
    """A call that the reference makes with other arguments or with another result, or an extra one
    that it doesn't make."""

    last_right: StageCall | None
    call: StageCall
    parameters: list[str]  # whose arguments differ; none if the result differs
    # How each of these arguments, or the result, relates to the expected one:
    relations: Sequence[str | None]
    is_extra: bool = False  # the reference's calls of the function have all been made before

    @property
    def relation(self) -> str | None:
        """How an argument or the result relates to the expected one, as far as that is known."""
        return next(filter(None, self.relations), None)

    @property
    def words(self) -> Words:
        """What is wrong, in a few words."""
        function = self.call.function
        if self.is_extra:
            return tr("an extra call of {function}", function=function)
        if not self.parameters:
            return tr("what {function} returns", function=function)
        names = joined([f"`{name}`" for name in self.parameters])
        at = [tr(_ORDINALS[list(self.call.given).index(name)]) for name in self.parameters]
        words = mark("{names}, the {ordinals} arguments of {function}")
        if len(at) == 1:
            words = mark("{names}, the {ordinals} argument of {function}")
        return tr(words, names=names, ordinals=joined(at), function=function)

    @property
    def said(self) -> str:
        """What is wrong, in sentences."""
        how, listed = self.relation, joined([f"`{one}`" for one in self.parameters] or [""])
        known = {"where": self._where, "name": self.call.function, "listed": listed, "how": how}
        if self.is_extra:
            words = mark("{where} you call {name} again, though every call you need has been made.")
            return tr(words, **known)
        if not self.parameters:
            words = mark("{where} {name} returns something unexpected.")
            if how:
                words = mark("{where} {name} returns something unexpected: {how}.")
            return tr(words, **known)
        if len(self.parameters) == 1:
            words = mark("{where} you call {name} with an unexpected {listed}.")
            if how:
                words = mark("{where} you call {name} with an unexpected {listed}: {how}.")
            return tr(words, **known)
        pairs = zip(self.parameters, self.relations, strict=True)
        passed = [
            tr("As `{name}` you pass {how}.", name=one, how=this) for one, this in pairs if this
        ]
        first = tr("{where} you call {name} with unexpected {listed}.", **known)
        return "\n".join([first, *passed])

    @property
    def _where(self) -> Words:
        """In which line it is, after the last call that is right."""
        line, last = self.call.seen.place.line, self.last_right
        if last and (last.function, last.seen.place) == (self.call.function, self.call.seen.place):
            return tr("Later, in the same line,")
        if last and last.seen.place.line > line:  # of another function
            return tr("Then, in line {line},", line=line)
        return tr("In line {line},", line=line)


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
            how = [value_relation(call.given[one], meant.given[one], problem) for one in names]
            return OddCall(last_right, call, names, how)
    return None


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
    if first in names and not _are_ids(meant.given[first]):
        return None
    if any(_comes_from(call.given[name], one) for name in names for one in apart):
        return None  # that call may be where it goes wrong
    return names, [value_relation(call.given[one], meant.given[one], problem) for one in names]


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


def _distance(call: StageCall, other: StageCall) -> tuple[int, int]:
    """Return how far a call is from another: how many arguments differ, then how early the first of
    them comes, which counts as farther."""
    names = _differing(call, other)
    return len(names), -min(map(list(call.given).index, names))


def _differing(call: StageCall, other: StageCall) -> list[str]:
    return [name for name in call.given if not same_value(call.given[name], other.given[name])]


def _comes_from(value: Any, call: StageCall) -> bool:
    """Return whether a tensor is the result of a call, or in it."""
    return isinstance(value, torch.Tensor) and any(
        one.shape == value.shape and alike_tensors(value, one)
        for one in tensors_in(call.seen.value)
    )


def _one_is_none(call: StageCall, other: StageCall) -> list[str]:
    """Return the parameters for which only one of two calls has a value: the other passes None, or
    what can't be sent."""
    return [
        name for name in call.given if (call.given[name] is None) != (other.given[name] is None)
    ]
