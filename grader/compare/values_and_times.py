"""Print how the values and times of one call compare on both sides."""

import textwrap
from functools import partial
from typing import Any

import torch
from rich.console import Console
from rich.text import Text

from grader.calls.outcome import Raised, Returned
from grader.calls.plain_values import dtype_name
from grader.compare.cases import Case
from grader.compare.measure import Side
from grader.suite.difference import (
    TOLERANCES,
    Tolerance,
    close,
    tensor_pairs,
    type_difference,
    value_difference,
)
from grader.suite.yours_and_reference import Called

EXACT = Tolerance(0.0, 0.0)
_MOST_SHOWN = 3  # of the tensors in a value that differ
WIDEST = 100  # columns; lines are no wider than this on wide terminals
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
STYLES = {"identical": "green", "equal": "green", "DIFFERENT": "red"}


def print_figures(
    console: Console, case: Case, yours: Side | None, reference: Side, called: Called
) -> None:
    """Print the result of a call; `yours` is None if the learner's code was not called."""
    values = _values(case, yours, reference, called)
    print_labelled(console, "values", values, STYLES.get(values.split()[0].rstrip(":"), ""))
    print_labelled(console, "time", _times(yours, reference))


def print_labelled(console: Console, label: str, text: str, style: str = "") -> None:
    """Print lines next to a label, wrapped between words; lines that fit keep their spaces."""
    lead, width = f"  {label:<6}  ", min(console.width, WIDEST) - 10
    wrap = partial(textwrap.wrap, width=width, break_on_hyphens=False)
    for line in text.splitlines():
        for piece in [line] if len(line) <= width else wrap(line):
            console.print(Text(lead).append(piece, style))
            lead = " " * len(lead)


def _values(case: Case, yours: Side | None, reference: Side, called: Called) -> str:
    if yours is None:
        return "yours is not called"
    got, expected = yours.outcome, reference.outcome
    if isinstance(got, Returned) and isinstance(expected, Returned):
        said = compare_values(got.value, expected.value)
        if got.changed:
            said += f"\nit changes its argument {called.argument(got.changed[0])} in place"
        return said
    side, outcome = ("the reference", expected) if isinstance(got, Returned) else ("yours", got)
    if outcome is None:
        return f"not compared at this size: {case.inputs.too_much}"
    if isinstance(outcome, Raised) and outcome.is_stub:
        return f"{side} is not written yet"
    return called.what_happened(outcome, side)


def compare_values(got: Any, expected: Any) -> str:
    """Describe how a value differs from the reference's, or say that it is identical."""
    if problem := type_difference(got, expected):
        return f"DIFFERENT: {problem}"
    if isinstance(expected, torch.Tensor):
        return _compare_tensors(got, expected)
    problem = value_difference(got, expected, EXACT)
    if problem is None:
        return f"identical{_shown(expected)}"
    if value_difference(_with_tensors(got), _with_tensors(expected)) is not None:
        return f"DIFFERENT: {problem}"
    pairs = tensor_pairs(got, expected)  # only tensors in it differ, or floats
    apart = [f"{where}{_distances(*two)}" for where, *two in pairs if not torch.equal(*two)]
    return "\n".join(["equal up to rounding", *apart[:_MOST_SHOWN]])


def _with_tensors(value: Any) -> Any:
    """Return a value with float32 tensors instead of floats, which are then equal up to rounding:
    a loss is a float."""
    if isinstance(value, float):
        return torch.tensor(value)
    if isinstance(value, dict):
        return {key: _with_tensors(one) for key, one in value.items()}
    return type(value)(map(_with_tensors, value)) if isinstance(value, (list, tuple)) else value


def _compare_tensors(got: torch.Tensor, expected: torch.Tensor) -> str:
    kind = f"{dtype_name(expected.dtype)} {list(expected.shape)}"
    if got.dtype != expected.dtype:
        kind = f"{dtype_name(got.dtype)} instead of {kind}"
    elif torch.equal(got, expected):
        return f"identical: {kind}"
    tolerance = TOLERANCES.get(expected.dtype, EXACT)
    same = bool(close(got, expected, tolerance).all())
    rounded = same and got.dtype == expected.dtype
    verdict = "equal up to rounding" if rounded else "DIFFERENT"
    lines = [f"{verdict}: {kind}", _distances(got, expected)]
    if not same:
        lines += (value_difference(got, expected, tolerance) or "").splitlines()[:2]
    return "\n".join(lines)


def _shown(value: Any) -> str:
    """Return a value as text if it fits on a line, or else the number of its items."""
    if isinstance(value, (list, dict)) and len(value) > 5:
        return f" ({len(value):,} items)"
    text = repr(value)
    return f": {text}" if len(text) <= 60 else ""


def _distances(got: torch.Tensor, expected: torch.Tensor) -> str:
    """Describe the largest and the median difference, and the median size of nonzero values."""
    wide = torch.complex128 if expected.is_complex() else torch.float64
    one, other = got.to(wide), expected.to(wide)
    apart = (one - other).abs()
    apart[(got == expected) | (got.isnan() & expected.isnan())] = 0.0  # for infinities, too
    apart = apart.nan_to_num(nan=torch.inf, posinf=torch.inf)
    sizes = other.abs()
    sizes = sizes[sizes.isfinite() & (sizes > 0)]
    text = f"they differ by {apart.max():.2g} at most, {apart.median():.2g} typically"
    return f"{text}; typical value {sizes.median():.2g}" if sizes.numel() else text


def _times(yours: Side | None, reference: Side) -> str:
    """Return both times and their ratio, or only the reference's time if yours has none."""
    mine, theirs = yours.seconds if yours else None, reference.seconds
    said = [f"yours {_duration(mine)}"] if mine is not None else []
    said += [f"reference {_duration(theirs)}"] if theirs is not None else []
    if mine is not None and theirs is not None:
        ratio = mine / theirs
        said.append(f"ratio {ratio:,.{2 if ratio < 10 else 1 if ratio < 100 else 0}f}")
    return ", ".join(said)


def _duration(seconds: float) -> str:
    size, unit = next((one for one in UNITS if seconds >= one[0]), UNITS[-1])
    return f"{seconds / size:.3g} {unit}"
