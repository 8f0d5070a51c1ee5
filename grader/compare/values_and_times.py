"""Print how the values and times of one call compare on both sides."""

import textwrap
from typing import Any, NamedTuple

import torch
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from grader.calls.outcome import Raised, Returned
from grader.calls.plain_values import dtype_name
from grader.compare.cases import Case
from grader.compare.measure import Side
from grader.language import tr
from grader.report.wide_text import pad_cells, wrap_cells
from grader.suite.difference import (
    TOLERANCES,
    Tolerance,
    at,
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
_LABEL = 6  # columns
_GOOD, _BAD = "green", "red"


class Said(NamedTuple):
    """What to print, and in which style."""

    words: str
    style: str = ""


def print_figures(
    console: Console, case: Case, yours: Side | None, reference: Side, called: Called
) -> None:
    """Print the result of a call; `yours` is None if the learner's code was not called."""
    print_labelled(console, tr("values"), *_values(case, yours, reference, called))
    print_labelled(console, tr("time"), _times(yours, reference))


def print_labelled(console: Console, label: str, text: str, style: str = "") -> None:
    """Print lines next to a label, wrapped between words; lines that fit keep their spaces."""
    lead, width = f"  {pad_cells(label, _LABEL)}  ", min(console.width, WIDEST) - _LABEL - 4
    for line in text.splitlines():
        for piece in [line] if cell_len(line) <= width else _wrapped(line, width):
            console.print(Text(lead).append(piece, style))
            lead = " " * cell_len(lead)


def _wrapped(line: str, width: int) -> list[str]:
    if cell_len(line) == len(line):
        return textwrap.wrap(line, width, break_on_hyphens=False)
    return wrap_cells(line, width)


def _values(case: Case, yours: Side | None, reference: Side, called: Called) -> Said:
    if yours is None:
        return Said(tr("yours is not called"))
    got, expected = yours.outcome, reference.outcome
    if isinstance(got, Returned) and isinstance(expected, Returned):
        said = compared(got.value, expected.value)
        if got.changed:
            argument = called.argument(got.changed[0])
            changed = tr("it changes its argument {argument} in place", argument=argument)
            said = Said(f"{said.words}\n{changed}", said.style)
        return said
    side, outcome = tr("yours"), got
    if isinstance(got, Returned):
        side, outcome = tr("the reference"), expected
    if outcome is None:
        return Said(tr("not compared at this size: {reason}", reason=case.inputs.too_much))
    if isinstance(outcome, Raised) and outcome.is_stub:
        return Said(tr("{who} is not written yet", who=side))
    return Said(called.what_happened(outcome, side))


def compare_values(got: Any, expected: Any) -> str:
    """Describe how a value differs from the reference's, or say that it is identical."""
    return compared(got, expected).words


def compared(got: Any, expected: Any) -> Said:
    """Say how a value differs from the reference's, or that it is identical, in its color."""
    if problem := type_difference(got, expected):
        return _different(problem)
    if isinstance(expected, torch.Tensor):
        return _compare_tensors(got, expected)
    problem = value_difference(got, expected, EXACT)
    if problem is None:
        return Said(_identical(expected), _GOOD)
    if value_difference(_with_tensors(got), _with_tensors(expected)) is not None:
        return _different(problem)
    pairs = tensor_pairs(got, expected)  # only tensors in it differ, or floats
    apart = [f"{at(where)}{_distances(*two)}" for where, *two in pairs if not torch.equal(*two)]
    return Said("\n".join([tr("equal within tolerance"), *apart[:_MOST_SHOWN]]), _GOOD)


def _different(problem: str) -> Said:
    return Said(tr("DIFFERENT: {problem}", problem=problem), _BAD)


def _with_tensors(value: Any) -> Any:
    """Return a value with float32 tensors instead of floats, which are then equal up to rounding:
    a loss is a float."""
    if isinstance(value, float):
        return torch.tensor(value)
    if isinstance(value, dict):
        return {key: _with_tensors(one) for key, one in value.items()}
    return type(value)(map(_with_tensors, value)) if isinstance(value, (list, tuple)) else value


def _compare_tensors(got: torch.Tensor, expected: torch.Tensor) -> Said:
    kind = f"{dtype_name(expected.dtype)} {list(expected.shape)}"
    if got.dtype != expected.dtype:
        kind = tr("{dtype} instead of {wanted}", dtype=dtype_name(got.dtype), wanted=kind)
    elif torch.equal(got, expected):
        return Said(tr("identical: {value}", value=kind), _GOOD)
    tolerance = TOLERANCES.get(expected.dtype, EXACT)
    same = bool(close(got, expected, tolerance).all())
    rounded = same and got.dtype == expected.dtype
    said = _different(kind)
    if rounded:
        said = Said(tr("equal within tolerance: {value}", value=kind), _GOOD)
    lines = [said.words, _distances(got, expected)]
    if not same:
        lines += (value_difference(got, expected, tolerance) or "").splitlines()[:2]
    return Said("\n".join(lines), said.style)


def _identical(value: Any) -> str:
    """Say that both values are this one: as text if it fits on a line, or else how many items."""
    if isinstance(value, (list, dict)) and len(value) > 5:
        return tr("identical ({count:,} items)", count=len(value))
    text = repr(value)
    return tr("identical: {value}", value=text) if len(text) <= 60 else tr("identical")


def _distances(got: torch.Tensor, expected: torch.Tensor) -> str:
    """Describe the largest and the median difference, and the median size of nonzero values."""
    wide = torch.complex128 if expected.is_complex() else torch.float64
    one, other = got.to(wide), expected.to(wide)
    apart = (one - other).abs()
    apart[(got == expected) | (got.isnan() & expected.isnan())] = 0.0  # for infinities, too
    apart = apart.nan_to_num(nan=torch.inf, posinf=torch.inf)
    sizes = other.abs()
    sizes = sizes[sizes.isfinite() & (sizes > 0)]
    most, typical = apart.max(), apart.median()
    if not sizes.numel():
        return tr(
            "they differ by {most:.2g} at most, {typical:.2g} typically", most=most, typical=typical
        )
    return tr(
        "they differ by {most:.2g} at most, {typical:.2g} typically; typical value {size:.2g}",
        most=most,
        typical=typical,
        size=sizes.median(),
    )


def _times(yours: Side | None, reference: Side) -> str:
    """Return both times and their ratio, or only the reference's time if yours has none."""
    mine, theirs = yours.seconds if yours else None, reference.seconds
    said = [tr("yours {time}", time=_duration(mine))] if mine is not None else []
    said += [tr("reference {time}", time=_duration(theirs))] if theirs is not None else []
    if mine is not None and theirs is not None:
        ratio = mine / theirs
        shown = f"{ratio:,.{2 if ratio < 10 else 1 if ratio < 100 else 0}f}"
        said.append(tr("ratio {ratio}", ratio=shown))
    return tr(", ").join(said)


def _duration(seconds: float) -> str:
    size, unit = next((one for one in UNITS if seconds >= one[0]), UNITS[-1])
    return f"{seconds / size:.3g} {unit}"
