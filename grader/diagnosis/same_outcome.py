"""Compare two outcomes of a call, up to rounding."""

import math
import re

import torch

from grader.calls.outcome import CallOutcome, Raised, Returned, WrongType
from grader.calls.plain_values import equal

NEAR = {torch.float16: 1e-3, torch.bfloat16: 8e-3}  # relative distance that rounding explains
NEAR_FLOAT32 = 1e-5
NUMBER = re.compile(r"\b(?<!with base )\d+\b")  # `int` names its base in every message


def same_outcome(one: CallOutcome, other: CallOutcome) -> bool:
    """Return whether two outcomes are equal up to rounding."""
    if isinstance(one, Returned) and isinstance(other, Returned):
        return one.changed == other.changed and equal(one.value, other.value, _near, _near_float)
    if isinstance(one, Raised) and isinstance(other, Raised):
        return one.class_name == other.class_name and _same_words(one, other)
    return isinstance(one, WrongType) and one == other


def _same_words(one: Raised, other: Raised) -> bool:
    """Return whether two errors of one class say the same. Everyone words a ValueError of their own
    differently, but the first number in it, such as that of a line, is what it is about. That it is
    about the first line says little: whoever can't read any line stops there."""
    if one.message == other.message or one.class_name != "ValueError":
        return one.message == other.message
    about, other_about = NUMBER.findall(one.message), NUMBER.findall(other.message)
    return bool(about) and about[:1] == other_about[:1] != ["1"]


def _near_float(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=NEAR_FLOAT32)


def _near(one: torch.Tensor, other: torch.Tensor) -> bool:
    near = NEAR.get(one.dtype, NEAR_FLOAT32)
    one, other = (t.to(torch.complex128 if t.is_complex() else torch.float64) for t in (one, other))
    odd = ~one.isfinite()
    if not torch.equal(odd, ~other.isfinite()) or not torch.equal(one.isnan(), other.isnan()):
        return False
    if not torch.equal(torch.nan_to_num(one[odd]), torch.nan_to_num(other[odd])):
        return False
    one, other = one.masked_fill(odd, 0), other.masked_fill(odd, 0)
    distance = torch.linalg.vector_norm(one - other)
    return bool(distance <= near * torch.linalg.vector_norm(other))
