"""How far two values are apart, in words."""

from typing import Any

import torch

from grader.calls.values import dtype_name
from grader.suite.difference import (
    TOLERANCES,
    Tolerance,
    close,
    type_difference,
    value_difference,
)

EXACT = Tolerance(0.0, 0.0)


def compare_values(got: Any, expected: Any) -> str:
    """Say how a value differs from the reference's, or that it is identical."""
    if problem := type_difference(got, expected):
        return f"DIFFERENT: {problem}"
    if isinstance(expected, torch.Tensor):
        return _compare_tensors(got, expected)
    problem = value_difference(got, expected, EXACT)
    if problem is None:
        return f"identical{_shown(expected)}"
    if value_difference(got, expected) is None:  # tensors inside that differ by rounding
        return f"equal up to rounding: {problem}"
    return f"DIFFERENT: {problem}"


def _shown(value: Any) -> str:
    """Show a value that fits on a line, and count the items of another one."""
    if isinstance(value, (list, dict)) and len(value) > 5:
        return f" ({len(value):,} items)"
    text = repr(value)
    return f": {text}" if len(text) <= 60 else ""


def _compare_tensors(got: torch.Tensor, expected: torch.Tensor) -> str:
    kind = f"{dtype_name(expected.dtype)} {list(expected.shape)}"
    if got.dtype != expected.dtype:
        kind = f"{dtype_name(got.dtype)} in place of {kind}"
    elif torch.equal(got, expected):
        return f"identical: {kind}"
    tolerance = TOLERANCES.get(expected.dtype, EXACT)
    same = bool(close(got, expected, tolerance).all())
    rounded = same and got.dtype == expected.dtype
    lines = [f"{'equal up to rounding' if rounded else 'DIFFERENT'}: {kind}"]
    lines.append(_distances(got, expected))
    if not same:
        lines += (value_difference(got, expected, tolerance) or "").splitlines()[:2]
    return "\n".join(lines)


def _distances(got: torch.Tensor, expected: torch.Tensor) -> str:
    """Give the largest and the median distance, beside the median size of the reference's values
    that are not zero."""
    wide = torch.complex128 if expected.is_complex() else torch.float64
    one, other = got.to(wide), expected.to(wide)
    apart = (one - other).abs()
    apart[(got == expected) | (got.isnan() & expected.isnan())] = 0.0  # infinities, too
    apart = apart.nan_to_num(nan=torch.inf, posinf=torch.inf)
    sizes = other.abs()
    sizes = sizes[sizes.isfinite() & (sizes > 0)]
    text = f"difference {_figure(apart.max())} at most, {_figure(apart.median())} typically"
    return f"{text}; values {_figure(sizes.median())} typically" if sizes.numel() else text


def _figure(number: torch.Tensor) -> str:
    return f"{float(number):.2g}"
