"""How an argument or a result of any type relates to the expected one."""

import math
from collections.abc import Sequence
from typing import Any

import torch

from grader.calls.plain_values import equal, tensors_in
from grader.diagnosis.comparing import alike, instead, short
from grader.diagnosis.relations import relation
from grader.diagnosis.text_relations import instead_of
from grader.diagnosis.two_tensors import Problem, is_alike
from grader.language import mark, tr

SMALL = 6  # entries of tensors that are written out


def same_value(one: Any, other: Any) -> bool:
    """Return whether two arguments or results are equal up to rounding."""
    if one is None or other is None:
        return True  # one of them could not be sent, or is left out
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return alike_tensors(one, other)
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-4)
    return equal(one, other, alike_tensors)


def alike_tensors(one: torch.Tensor, other: torch.Tensor) -> bool:
    return torch.equal(one, other) or is_alike(one, other)


def value_relation(got: Any, expected: Any, problem: Problem) -> str | None:
    """Return what a value is in terms of the expected one; None if nothing is known."""
    if isinstance(got, torch.Tensor) and isinstance(expected, torch.Tensor):
        how = relation(got, expected, problem)
        names = dict(problem.values)
        belongs = next((words for words in names if is_alike(expected, names[words])), None)
        if how in names and belongs:
            return instead(how, belongs)
        if how is None and got.shape != expected.shape:
            came = tr("a tensor of shape {shape}", shape=list(got.shape))
            return instead(came, str(list(expected.shape)))
        if how or max(got.numel(), expected.numel()) > SMALL or got.is_complex():
            return how
        return instead(_listed(got), _listed(expected))
    if isinstance(got, (list, tuple)) and next(tensors_in(got), None) is not None:
        return _item_relation(got, expected, problem)
    if isinstance(got, dict) and isinstance(expected, dict):
        wrong = [key for key in expected if key not in got or not alike(got[key], expected[key])]
        if wrong:
            key = wrong[0]
            if key not in got:
                words = mark("no key {key!r}, which should have the value {value}")
                return tr(words, key=key, value=short(expected[key]))
            how = instead_of(got[key], expected[key])
            return tr("{how} for the key {key!r}", how=how, key=key)
    return instead_of(got, expected)


def _item_relation(got: Sequence[Any], expected: Any, problem: Problem) -> str | None:
    """Relate the first item that differs, if both have as many items."""
    if type(got) is not type(expected) or len(got) != len(expected):
        return None
    for index, (one, other) in enumerate(zip(got, expected, strict=True)):
        if not same_value(one, other):
            how = value_relation(one, other, problem)
            return how and tr("at [{index}], {how}", index=index, how=how)
    return None


def _listed(tensor: torch.Tensor) -> str:
    return f"[{', '.join(f'{number:.4g}' for number in tensor.flatten().tolist())}]"
