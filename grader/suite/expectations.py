"""The comparisons that suites are written with.

Every comparison checks the same things in the same order, and the learner reads the first that is
wrong: type and shape, dtype, numbers that are not finite, changed arguments, values.
"""

import builtins
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from operator import methodcaller
from typing import Any

import torch

from grader.calls.code_under_test import Call
from grader.calls.describe import describe, shorten
from grader.calls.outcome import Raised, Returned
from grader.calls.plain_values import dtype_name, map_tensors, tensors_in
from grader.calls.recipe import (
    Recipe,
    arrivals,
    in_turns,
    item,
    mapped,
    shared,
)
from grader.calls.request_writer import Callee
from grader.calls.retell import retold
from grader.diagnosis.evidence import WrongValue
from grader.language import mark, tr
from grader.suite import difference
from grader.suite.difference import Tolerance, at, tensor_pairs, type_difference
from grader.suite.failure import Failure, failure
from grader.suite.yours_and_reference import Called, located_in, where_and_with_what
from grader.verdict import Located

HALVES = (torch.float16, torch.bfloat16)
_DEVICE_ADVICE = mark(
    "Create new tensors on torch's default device, and keep values in tensors: a fixed device or "
    "NumPy fails on a GPU, and Python numbers make the GPU wait."
)
CHANGED = mark(
    "it changed its argument {argument} in place, but the caller still needs the original"
)


def same(yours: Called, reference: Callable[..., Any], *args: Any, **options: Any) -> None:
    """Do what `same_each` does for one tuple of arguments, with the same options."""
    __tracebackhide__ = True
    same_each(yours, reference, [args], **options)


def same_each(
    yours: Called,
    reference: Callable[..., Any],
    batch: Sequence[tuple[Any, ...]],
    tolerance: Tolerance | None = None,
    or_float32: bool = False,
    in_float32: bool = False,
    form: Callable[[Any], Any] | None = None,
) -> None:
    """Check for many tuples of arguments, sent together, that the code under test gives what the
    reference gives.

    With half-precision arguments the reference computes in float32, the result must have the
    arguments' dtype (or float32, with `or_float32`), and the tolerance is that of the dtype.
    With `in_float32` the result must be float32 even then, and is compared as such.
    `form` returns what is compared instead of a result that may be written in several forms.

    Raises:
        Failure: if it gives something else.
        NotStarted: if a function it needs is still a stub.
    """
    __tracebackhide__ = True
    outcomes = yours.outcomes(batch)
    if or_float32:
        _note_in_half(yours.code.calls, len(batch))
    for index, (args, outcome) in enumerate(zip(batch, outcomes, strict=True)):
        got = yours.value_of(args, outcome)
        assert isinstance(outcome, Returned)
        expected = reference(*[_upcast(arg) for arg in args])
        got, expected = (got, expected) if form is None else (form(got), form(expected))
        half = None if in_float32 else _half_among(args)
        half_tolerance = difference.TOLERANCES[half] if half else None
        shape = type_difference(got, expected)
        dtype = None if shape else _dtype_problem(got, expected, half, or_float32)
        changed = None
        if outcome.changed:
            changed = tr(CHANGED, argument=yours.argument(outcome.changed[0]))
        problem = (
            shape
            or dtype
            or difference.not_finite(got, expected)
            or changed
            or difference.value_difference(got, expected, tolerance or half_tolerance)
        )
        if problem:
            headline = problem.split("\n")[0]
            known = Located(relation=headline) if problem in (shape, dtype, changed) else None
            wrong = WrongValue(yours.code.calls[index - len(batch)], got, expected)
            # If something else is wrong first, the values themselves may be right.
            looked_into = None if problem in (dtype, changed) else wrong
            raise failure(yours.shown(args), problem, known, looked_into)


def equal(got: Any, expected: Any, what: str) -> None:
    """Check that a value, which `what` describes, is the expected one; for values that don't come
    from a single call."""
    __tracebackhide__ = True
    problem = type_difference(got, expected) or difference.value_difference(got, expected)
    if problem:
        raise Failure(tr("{what}: {problem}", what=what, problem=problem))


def fails(
    yours: Called, error: type[Exception], naming: str, *args: Any, meaning: str | None = None
) -> None:
    """Check that the call raises `error` (or a subclass) with `naming` in its message; `meaning`
    says in words what that names."""
    __tracebackhide__ = True
    (outcome,) = yours.outcomes([args])
    kind = tr("an error") if error is Exception else _an(error.__name__)
    wanted = tr(
        "it should raise {error} whose message names {what}",
        error=kind,
        what=meaning or repr(naming),
    )
    belongs = tr("{error} that names {what}", error=kind, what=meaning or shorten(repr(naming)))
    if isinstance(outcome, Returned):
        problem = tr(
            "{wanted}, but it raised nothing and returned {value}",
            wanted=wanted,
            value=describe(outcome.value),
        )
        known = Located(relation=tr("no error instead of {error}", error=belongs))
        raise failure(yours.shown(args), problem, known)
    if not isinstance(outcome, Raised) or outcome.is_stub:
        yours.value_of(args, outcome)
    assert isinstance(outcome, Raised)
    is_right_kind = issubclass(_builtin(outcome.class_name), error)
    if not is_right_kind or naming not in outcome.message:
        errors = {"came": _an(outcome.shown_name), "belongs": belongs}
        relation = tr("{came} instead of {belongs}", **errors)
        if is_right_kind:
            relation = tr("{came} with another message instead of {belongs}", **errors)
        known = Located(outcome.line, relation=relation)
        happened = yours.what_happened(outcome)
        problem = tr("{wanted}, but {happened}", wanted=wanted, happened=happened)
        raise failure(yours.shown(args), problem, known)


def _an(error: str) -> str:
    """Return the name of an error with its article."""
    if error[0] in "AEIOU":
        return tr("an {error}", error=error)
    return tr("a {error}", error=error)


def is_mapped(yours: Called, folder: str, file: str) -> bool:
    """Return whether the weights that the code loads from a file are mapped into memory, and not
    read or copied."""
    __tracebackhide__ = True
    weights = item(Recipe(yours.callee.name, (folder,)), 1)
    return list_made(yours, mapped(weights, f"{folder}/{file}"), (folder,)) == [True]


def first_items(yours: Called, count: int, *calls: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Return the first `count` items of the iterators that some calls return, as tuples of one item
    of each call: they are taken in turn, and nothing more is."""
    __tracebackhide__ = True
    iterators = [Recipe(yours.callee.name, args) for args in calls]
    return list_made(yours, in_turns(iterators, count), calls[0])


def read_and_returned(yours: Called, items: list[Any]) -> list[tuple[int, Any]]:
    """Call a function with an iterator over `items`, and return what its own iterator yields, each
    with how many of `items` had been read by then."""
    __tracebackhide__ = True
    return list_made(yours, arrivals(yours.callee.name, items), (items,))


def made_from(arg: Any) -> Any:
    """Return shared data itself; anything else unchanged."""
    return arg.args[0] if isinstance(arg, Recipe) and arg.maker == "value" else arg


def list_made(yours: Called, recipe: Recipe, args: tuple[Any, ...]) -> list[Any]:
    """Return a list that a recipe makes where the code runs; `args` are shown if that fails."""
    __tracebackhide__ = True
    answer = Callee(yours.callee.name, "copy", recipe)  # only methods can be called
    (outcome,) = yours.code.run(answer, [()])
    made: list[Any] = yours.value_of(args, outcome)
    return made


def runs_on_meta(yours: Called, reference: Callable[..., Any], *args: Any) -> None:
    """Check that the code makes its tensors on torch's default device, not always on the CPU.

    The `meta` device has shapes but no values, so it takes no GPU to find such a mistake.
    """
    __tracebackhide__ = True
    on_meta = [_to_meta(arg) for arg in args]
    (outcome,) = yours.on("meta").outcomes([tuple(on_meta)])
    call = f"with torch.device('meta'): {yours.shown(on_meta)}"
    if isinstance(outcome, Raised) and not outcome.is_stub:
        (on_cpu,) = yours.outcomes([args])
        advice = "" if isinstance(on_cpu, Raised) else f"\n{tr(_DEVICE_ADVICE)}"
        raise failure(call, f"{yours.what_happened(outcome)}{advice}", located_in(outcome))
    got = yours.value_of(args, outcome)
    problem = type_difference(got, reference(*args))
    devices = [tensor.device.type for tensor in tensors_in(got)]
    if wrong := [device for device in devices if device != "meta"]:
        words = tr("expected a result on the device 'meta', got one on {device!r}", device=wrong[0])
        problem = problem or words
    if problem:
        raise failure(call, problem, Located(relation=problem.split("\n")[0]))


def builds_no_tensor_of(yours: Called, entries: int, *args: Any) -> None:
    """Check that the call builds no tensor with `entries` entries or more on its way.

    All tensors among the arguments must be smaller. What earlier stages build inside isn't counted,
    but what they return is.
    """
    (outcome,) = yours.without_tensors_of(entries).outcomes([args])
    if isinstance(outcome, Raised) and outcome.class_name == "MemoryError":
        told = retold(outcome)
        problem = tr(
            "it builds {what}, and no tensor may have {count:,} or more here",
            what=told.message,
            count=entries,
        )
        details = "\n".join(filter(None, [problem, where_and_with_what(told)]))
        raise failure(yours.shown(args), details, Located(outcome.line, relation=problem))
    yours.value_of(args, outcome)


def _dtype_problem(
    got: Any, expected: Any, half: torch.dtype | None, or_float32: bool
) -> str | None:
    for where, one, right in tensor_pairs(got, expected):
        wanted = [half if half and right.is_floating_point() else right.dtype]
        if or_float32:
            wanted.append(torch.float32)
        if one.dtype not in wanted:
            first, *others = dict.fromkeys(dtype_name(dtype) for dtype in wanted)
            names = tr("{first} or {second}", first=first, second=others[0]) if others else first
            got_name = dtype_name(one.dtype)
            words = tr("expected the dtype {expected}, got {got}", expected=names, got=got_name)
            return f"{at(where)}{words}"
    return None


def _note_in_half(calls: list[Call], count: int) -> None:
    """Note the results of the last calls in the dtype of their half-precision arguments, because
    known mistakes, which they are compared with, are made in that dtype."""
    for index in range(len(calls) - count, len(calls)):
        call, half = calls[index], _half_among(calls[index].args)
        if half and isinstance(call.outcome, Returned):
            value = map_tensors(methodcaller("to", half), call.outcome.value)
            calls[index] = replace(call, outcome=replace(call.outcome, value=value))


def _half_among(args: Sequence[Any]) -> torch.dtype | None:
    """Return the half-precision dtype among the arguments, including shared weights, if any."""
    found = (_half_in_shared(arg) if isinstance(arg, Recipe) else _half_in(arg) for arg in args)
    return next(filter(None, found), None)


@lru_cache(maxsize=64)  # asked in every call, and a vocabulary has thousands of entries
def _half_in_shared(recipe: Recipe) -> torch.dtype | None:
    return _half_in(recipe.args[0])


def _half_in(value: Any) -> torch.dtype | None:
    return next((one.dtype for one in tensors_in(value) if one.dtype in HALVES), None)


def _upcast(arg: Any) -> Any:
    """Return an argument with its half-precision tensors in float32."""
    if isinstance(arg, Recipe):
        return _upcast_shared(arg)
    return map_tensors(lambda one: one.float() if one.dtype in HALVES else one, arg)


@lru_cache(maxsize=64)
def _upcast_shared(recipe: Recipe) -> Recipe:
    return shared(_upcast(recipe.args[0])) if _half_in_shared(recipe) else recipe


def _to_meta(arg: Any) -> Any:
    return map_tensors(lambda one: one.to("meta"), made_from(arg))


def _builtin(name: str) -> type[BaseException]:
    found = getattr(builtins, name, Exception)
    return found if isinstance(found, type) and issubclass(found, BaseException) else Exception
