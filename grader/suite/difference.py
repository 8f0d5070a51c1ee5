"""Describe where a value differs from the expected one, and by how much."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch

from grader.calls.describe import describe, shorten
from grader.calls.plain_values import IteratorItems
from grader.diagnosis.difference_pattern import pattern_of
from grader.language import mark, tr, tr_n
from grader.suite.difference_picture import heat_map, side_by_side


@dataclass(frozen=True)
class Tolerance:
    """The distance by which two right implementations may differ.

    That is `atol + rtol * |expected|` for each entry or, if `relative` is set, this share of the
    expected L2 norm for the norm of the whole difference.
    """

    rtol: float
    atol: float
    relative: float | None = None


# At least twice the spread measured among right implementations.
TOLERANCES = {
    torch.float32: Tolerance(1e-4, 1e-5),
    torch.complex64: Tolerance(1e-4, 1e-5),
    torch.float16: Tolerance(4e-3, 8e-3),
    torch.bfloat16: Tolerance(1.6e-2, 3e-2),
}


def tensor_pairs(
    got: Any, expected: Any, where: str = ""
) -> Iterator[tuple[str, torch.Tensor, torch.Tensor]]:
    """Yield (path, got, expected) for each pair of tensors at the same path in two values; the path
    is empty if the values are tensors themselves."""
    if isinstance(expected, torch.Tensor) and isinstance(got, torch.Tensor):
        yield where, got, expected
    elif isinstance(expected, dict) and isinstance(got, dict):
        for key in expected:  # in this order, so that each run names the same key first
            if key in got:
                yield from tensor_pairs(got[key], expected[key], f"{where}[{key!r}]")
    elif isinstance(expected, (list, tuple)) and isinstance(got, (list, tuple)):
        for index, (one, other) in enumerate(zip(got, expected, strict=False)):
            yield from tensor_pairs(one, other, f"{where}[{index}]")


def at(path: str) -> str:
    """Return the words that begin what a message says about a path; none for a value itself."""
    return tr("at {where}: ", where=path) if path else ""


def type_difference(got: Any, expected: Any) -> str | None:
    """Describe how types or shapes differ; None if they agree."""
    if got is None and expected is not None:
        says = mark("expected {expected}, got None: is `return` missing?")
        words = tr(says, expected=_type_name(expected))
        if isinstance(expected, (list, dict)):
            more = mark("Methods such as `insert` and `sort` also return None.")
            return f"{words}\n{tr(more)}"
        return words
    if type(got) is not type(expected):
        known = {"expected": _type_name(expected), "type": _type_name(got), "value": describe(got)}
        says = mark("expected {expected}, got {type}: {value}")
        if known["value"].startswith(known["type"]):  # as in `tuple of 3`
            says = mark("expected {expected}, got {value}")
        return tr(says, **known)
    for where, one, right in tensor_pairs(got, expected):
        if one.shape != right.shape:
            shapes = {"expected": list(right.shape), "got": list(one.shape)}
            return at(where) + tr("expected shape {expected}, got {got}", **shapes)
    return None


def value_difference(got: Any, expected: Any, tolerance: Tolerance | None = None) -> str | None:
    """Describe how two values of the same type and shape differ; None if they agree.

    Args:
        tolerance: for tensors; None means that of their dtype (exact for integers and float64).
            Plain floats must be equal if it is None.
    """
    if isinstance(expected, torch.Tensor):
        return tensor_difference(got, expected, tolerance)
    if isinstance(expected, dict):
        return _dict_difference(got, expected, tolerance)
    if isinstance(expected, (list, tuple)):
        return _list_difference(got, expected, tolerance)
    if got == expected or (tolerance and _near(got, expected, tolerance)):
        return None
    return _expected_and_got(expected, got, 120)


def _near(got: Any, expected: Any, tolerance: Tolerance) -> bool:
    """Return whether two plain floats differ by no more than a tolerance."""
    if type(got) is not float or type(expected) is not float:
        return False
    return math.isclose(
        got, expected, rel_tol=0, abs_tol=tolerance.atol + tolerance.rtol * abs(expected)
    )


def close(got: torch.Tensor, expected: torch.Tensor, tolerance: Tolerance) -> torch.Tensor:
    """Return, entry by entry, whether two tensors of one shape agree (bool, of that shape).

    Infinities of the same sign agree; nan never does. With `tolerance.relative`, all entries agree
    if the tensors do as a whole; otherwise, those don't that are off by more than this share of the
    entries' usual size.
    """
    got, expected = _widen(got), _widen(expected)
    if tolerance.relative is not None:
        allowed = tolerance.relative * torch.linalg.vector_norm(expected)
        if bool(torch.linalg.vector_norm(got - expected) <= allowed):
            return torch.ones_like(expected, dtype=torch.bool)
        return (got - expected).abs() <= allowed / expected.numel() ** 0.5
    return torch.isclose(got, expected, rtol=tolerance.rtol, atol=tolerance.atol)


def tensor_difference(
    got: torch.Tensor, expected: torch.Tensor, tolerance: Tolerance | None = None
) -> str | None:
    """Describe what differs between two tensors of one shape; None if they agree."""
    tolerance = tolerance or TOLERANCES.get(got.dtype, Tolerance(0.0, 0.0))
    wrong = ~close(got, expected, tolerance)
    if not bool(wrong.any()):
        return None
    got, expected = _widen(got), _widen(expected)
    distance = (got - expected).abs()
    distance[~distance.isfinite()] = torch.inf
    distance[~wrong] = 0.0
    first, worst = _first(wrong), _first(distance == distance.max())
    values = tr(
        "expected {expected}, got {got}", expected=_number(expected[first]), got=_number(got[first])
    )
    lines = [_how_many(wrong), values]
    if first:
        lines[1] = tr("first at {place}: {values}", place=list(first), values=values)
    if worst != first:
        lines.append(
            tr(
                "worst at {place}: expected {expected}, got {got} ({distance:.3g} apart)",
                place=list(worst),
                expected=_number(expected[worst]),
                got=_number(got[worst]),
                distance=float(distance[worst]),
            )
        )
    return "\n".join([*lines, *_picture(got, expected, wrong, distance)])


def not_finite(got: Any, expected: Any) -> str | None:
    """Describe which numbers are nan, or infinite and should not be; None if none is."""
    for where, one, right in tensor_pairs(got, expected):
        strange = one.isnan() | (one.isinf() & ~right.isinf())
        if bool(strange.any()):
            count, total = int(strange.sum()), one.numel()
            if bool(right.isfinite().all()):
                words = tr_n(
                    "{count} of {total} values is not finite (nan or inf)",
                    "{count} of {total} values are not finite (nan or inf)",
                    count,
                    total=total,
                )
            else:
                words = tr_n(
                    "{count} of {total} values should be finite but is nan or inf",
                    "{count} of {total} values should be finite but are nan or inf",
                    count,
                    total=total,
                )
            first = tr("first at {place}", place=list(_first(strange)))
            lines = [at(where) + _with_pattern(words, strange), first]
            return "\n".join([*lines, *_picture(_widen(one), _widen(right), strange, strange)])
    return None


def _how_many(wrong: torch.Tensor) -> str:
    """Describe how many values are wrong, what share is right, and where the wrong ones are."""
    count, total = int(wrong.sum()), wrong.numel()
    if count == total:
        if total == 1:
            return tr("the number is wrong")
        return tr("all {count} values are wrong", count=total)
    words = tr_n(
        "{count} of {total} values is wrong ({percent} are right)",
        "{count} of {total} values are wrong ({percent} are right)",
        count,
        total=total,
        percent=_percent(total - count, total),
    )
    return _with_pattern(words, wrong)


def _percent(count: int, total: int) -> str:
    """Return a share that is neither none nor all, without rounding it to either."""
    percent = 100 * count / total
    if percent < 1:
        return tr("less than 1%")
    return tr("more than 99%") if percent > 99 else f"{percent:.0f}%"


def _with_pattern(text: str, wrong: torch.Tensor) -> str:
    pattern = pattern_of(wrong)
    return tr("{text}, {pattern}", text=text, pattern=pattern) if pattern else text


def _picture(
    got: torch.Tensor, expected: torch.Tensor, wrong: torch.Tensor, distance: torch.Tensor
) -> list[str]:
    picture = side_by_side(expected, got, wrong) or heat_map(distance) or []
    return [f"  {line}" for line in picture]


def _first(marked: torch.Tensor) -> tuple[int, ...]:
    """Return the index of the first True."""
    return tuple(marked.nonzero()[0].tolist())


def _widen(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.to(torch.complex128 if tensor.is_complex() else torch.float64)


def _number(value: torch.Tensor) -> str:
    return f"{complex(value):.6g}" if value.is_complex() else f"{float(value):.6g}"


def _type_name(value: Any) -> str:
    names = {torch.Tensor: mark("a tensor"), IteratorItems: mark("an iterator")}
    return tr(names[type(value)]) if type(value) in names else type(value).__name__


def _dict_difference(
    got: dict[Any, Any], expected: dict[Any, Any], tolerance: Tolerance | None
) -> str | None:
    if missing := [key for key in expected if key not in got]:
        return tr(
            "missing keys: {count} of {total}, the first is {first!r}",
            count=len(missing),
            total=len(expected),
            first=missing[0],
        )
    if extra := [key for key in got if key not in expected]:
        return tr(
            "unexpected keys: {count}, the first is {first!r}", count=len(extra), first=extra[0]
        )
    for key, value in expected.items():
        if difference := _item_difference(got[key], value, tolerance):
            return f"{at(repr(key))}{difference}"
    return None


def _list_difference(got: Any, expected: Any, tolerance: Tolerance | None) -> str | None:
    for index, (one, other) in enumerate(zip(got, expected, strict=False)):
        if difference := _item_difference(one, other, tolerance):
            # What is inside an item has its own index.
            inside = isinstance(other, (torch.Tensor, dict, list, tuple))
            found = {"index": index, "problem": difference}
            words = (
                tr("in item {index}: {problem}", **found)
                if inside
                else tr("first wrong at [{index}]: {problem}", **found)
            )
            return f"{words}{_whole_lists(got, expected)}"
    if len(got) != len(expected):
        counts = {"expected": len(expected), "got": len(got)}
        words = tr("expected {expected} items, got {got}", **counts)
        return f"{words}{_whole_lists(got, expected)}"
    return None


def _item_difference(got: Any, expected: Any, tolerance: Tolerance | None) -> str | None:
    return type_difference(got, expected) or value_difference(got, expected, tolerance)


def _whole_lists(got: Any, expected: Any) -> str:
    plain = all(isinstance(item, (int, str, bytes)) for item in expected)
    if not plain or len(repr(expected)) > 400:
        return ""
    return "\n" + _expected_and_got(expected, got, 400)


def _expected_and_got(expected: Any, got: Any, longest: int) -> str:
    """Write two values side by side, or one below the other if they are long."""
    if isinstance(got, int):
        longest = min(longest, 60)
    one, other = shorten(repr(expected), longest), shorten(repr(got), longest)
    if len(one) + len(other) < 80:
        return tr("expected {expected}, got {got}", expected=one, got=other)
    return tr("expected {expected}\n     got {got}", expected=one, got=other)
