"""Compare two outcomes of a call, up to rounding."""

import math

import torch

from grader.calls.outcome import CallOutcome, Raised, Returned, WrongType
from grader.calls.plain_values import equal

NEAR = {torch.float16: 1e-3, torch.bfloat16: 8e-3}  # relative distance that rounding explains
NEAR_FLOAT32 = 1e-5


def same_outcome(one: CallOutcome, other: CallOutcome) -> bool:
    """Return whether two outcomes are equal up to rounding."""
    if isinstance(one, Returned) and isinstance(other, Returned):
        return one.changed == other.changed and equal(one.value, other.value, _near, _near_float)
    if isinstance(one, Raised) and isinstance(other, Raised):
        return (one.class_name, one.message) == (other.class_name, other.message)
    return isinstance(one, WrongType) and one == other


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
