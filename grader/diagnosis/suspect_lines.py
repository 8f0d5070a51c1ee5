"""Find lines whose values are suspect in themselves: nan, rounding, randomness."""

from collections.abc import Sequence

from torch import Tensor

from grader.calls.outcome import Seen
from grader.calls.plain_values import dtype_name, equal, identical
from grader.diagnosis.two_tensors import HALVES, is_alike
from grader.language import mark, tr
from grader.verdict import Located

NEAR_HALF = 0.05  # of the largest value: how far off rounding along the way may lead
RANDOM = mark("different values each time")


def nan_line(own: Sequence[Seen], got: Tensor, expected: Tensor) -> Located | None:
    """Find where nan comes from, if the result has it and the expected one doesn't."""
    if not bool(got.isnan().any()) or bool(expected.isnan().any()):
        return None
    for one in own:
        if isinstance(one.value, Tensor) and bool(one.value.isnan().any()):
            line, how = one.place.line, tr("nan instead of numbers")
            says = mark("The first nan comes from line {line}, `{code}`.")
            return Located(line, relation=how, text=tr(says, line=line, code=one.place.text))
    return None


def rounding_line(own: Sequence[Seen], got: Tensor, expected: Tensor) -> Located | None:
    """Find where a call without half-precision arguments computes in half precision."""
    if got.dtype in HALVES or expected.dtype in HALVES:
        return None
    for one in own:
        if isinstance(one.value, Tensor) and one.value.dtype in HALVES:
            known = {"dtype": dtype_name(one.value.dtype), "line": one.place.line}
            how = tr("values rounded to {dtype} along the way", **known)
            says = mark("Line {line}, `{code}`, rounds to {dtype}. Is that exact enough?")
            if _is_rounded(got, expected):
                how = tr("the expected values, rounded to {dtype} along the way", **known)
                says = mark("Line {line}, `{code}`, rounds to {dtype} and loses precision.")
            text = tr(says, code=one.place.text, **known)
            return Located(one.place.line, relation=how, text=text)
    return None


def _is_rounded(got: Tensor, expected: Tensor) -> bool:
    """Return whether a result is as near to the expected one as after rounding along the way."""
    if (got.shape, got.dtype) != (expected.shape, expected.dtype):
        return False
    return float((got - expected).abs().max()) <= NEAR_HALF * float(expected.abs().max())


def random_line(once: Sequence[Seen], again: Sequence[Seen]) -> Located | None:
    """Find the first line whose values differ when the same call is made again."""
    different = []
    for one, other in zip(once, again, strict=False):
        if one.place != other.place:
            break
        if not identical(one.value, other.value) and not equal(one.value, other.value, is_alike):
            different.append(one.place)
    if not different:
        return None
    # A new layer's weight may be read only to be replaced; what is worked out is used.
    worked_out = (one for one in different if not one.text.replace(".", "").isidentifier())
    place, how = next(worked_out, different[0]), tr(RANDOM)
    says = mark("Line {line}, `{code}`, gives {how}. Is something in it random?")
    text = tr(says, line=place.line, code=place.text, how=how)
    return Located(place.line, relation=how, text=text)
