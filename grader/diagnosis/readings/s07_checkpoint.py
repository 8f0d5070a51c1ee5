"""Find the first weight that is missing or has the wrong shape, and which weights a count leaves
out."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from grader.calls.plain_values import dtype_name
from grader.diagnosis.comparing import instead, of_one_item, short
from grader.diagnosis.readings import WrongCall, told
from grader.diagnosis.readings.feed_forward_width import read_width
from grader.diagnosis.readings.parameter_count import read_count
from grader.diagnosis.relations import located_result, relation
from grader.diagnosis.text_relations import instead_of
from grader.diagnosis.two_tensors import Problem
from grader.language import Words, in_a_row, mark, tr
from grader.verdict import Located

PROBES = {"ffn_hidden_dim": [(1003, 1, 1.3), (1003, 1, None), (96, 4, None), (1001, 7, 1.9)]}
_LAYER = re.compile(r"^layers\.(\d+)\.")


def ffn_hidden_dim(wrong: WrongCall) -> Located | None:
    return read_width(wrong)


def parameter_count(wrong: WrongCall) -> Located | None:
    return read_count(wrong)


def expected_shapes(wrong: WrongCall) -> Located | None:
    got, expected, params = wrong.got, wrong.expected, wrong.args[0]
    if not isinstance(got, dict):
        return None
    missing, extra = (
        [one for one in expected if one not in got],
        [one for one in got if one not in expected],
    )
    odd = [key for key in expected if key in got and not _same(got[key], expected[key])]
    numbers = _numbers(wrong, params)
    lines = []
    how = first = None
    if missing:
        how = of_one_item(tr("the shapes without {weights}", weights=_kinds(missing)))
        first = missing[0]
        lines.append(tr("Missing: {weights}.", weights=_kinds(missing)))
    if extra:
        lines.append(tr("Not expected: {weights}.", weights=_kinds(extra)))
        how = how or of_one_item(tr("the shapes with {weights} added", weights=_kinds(extra)))
        first = first or str(extra[0])
    if odd:
        key = odd[0]
        right, came = _shape(expected[key], numbers), _shape(got[key], numbers)
        words = mark("{key} should have the shape {right}; yours is {came}.")
        if isinstance(got[key], list) and tuple(got[key]) == expected[key]:
            words = mark("The shape of {key} should be a tuple, {right}; yours is a list.")
        elif type(got[key]) is int:
            words = mark(
                "{key} should have the shape {right}; yours is {came}, a number: a tuple of one "
                "item needs a comma."
            )
        lines.append(tr(words, key=key, right=right, came=came))
        if len(odd) > 1 and not all(isinstance(got[one], list) for one in odd):
            lines.append(tr("Wrong shapes: {weights}.", weights=_kinds(odd)))
        known = instead(tr("the shape {shape}", shape=came), right)
        how = how or of_one_item(_with_relation(known, got[key], expected[key]))
        first = first or key
    return Located(None, None, first, how, told(*lines)) if lines else None


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _with_relation(how: Words, got: Any, expected: tuple[int, ...]) -> Words:
    if isinstance(got, (tuple, list)) and len(expected) > 1 and tuple(got)[::-1] == expected:
        return tr("{how} (transposed)", how=how)
    if isinstance(got, list) and tuple(got) == expected:
        return tr("{how} (a list, not a tuple)", how=how)
    return how


def _numbers(wrong: WrongCall, params: Mapping[str, Any]) -> dict[int, str]:
    """Return words for the sizes of a model, by value; none for sizes that coincide."""
    dim, heads = params["dim"], params["n_heads"]
    kv_heads = params.get("n_kv_heads") or heads
    width = wrong.find("ffn_hidden_dim")
    ffn = width(dim, params["multiple_of"], params.get("ffn_dim_multiplier"))
    known = [
        (dim, "dim"),
        (params["vocab_size"], "vocab_size"),
        (ffn, tr("the feed-forward width")),
        (dim // heads, "head_dim"),
        (kv_heads * (dim // heads), "n_kv_heads * head_dim"),
        (heads, "n_heads"),
        (kv_heads, "n_kv_heads"),
    ]
    sizes = [size for size, _ in known]
    return {size: words for size, words in known if sizes.count(size) == 1}


def _shape(shape: Any, numbers: Mapping[int, str]) -> str:
    if not isinstance(shape, (tuple, list)) or not all(type(one) is int for one in shape):
        return short(shape)
    names = [numbers[size] for size in shape if size in numbers]
    if not shape or len(names) < len(shape):
        return f"{shape}"
    return tr("{shape}, which is ({names})", shape=shape, names=in_a_row(names))


def _kinds(names: Sequence[Any]) -> str:
    """Name some weights, with the same weight of several layers as one."""
    layers: dict[str, list[str]] = {}
    for name in map(str, names):
        found = _LAYER.match(name)
        kind = _LAYER.sub("layers.*.", name)
        layers.setdefault(kind, []).append(found[1] if found else "")
    shown = []
    for kind, which in layers.items():
        if len(which) == 1:
            shown.append(kind.replace("*", which[0], 1))
        else:
            listed = ", ".join(which[:4]) + (" ..." if len(which) > 4 else "")
            shown.append(tr("{kind} (layers {layers})", kind=kind, layers=listed))
    first = in_a_row(shown[:3])
    if len(shown) <= 3:
        return first
    return tr("{kinds} and {count} other kinds", kinds=first, count=len(shown) - 3)


def load_checkpoint(wrong: WrongCall) -> Located | None:
    got, expected = wrong.got, wrong.expected
    if not (isinstance(got, tuple) and len(got) == 2 and all(isinstance(one, dict) for one in got)):
        return None
    if got[1] == expected[0]:
        return located_result(tr("the weights and the params in the wrong order"))
    if got[0] != expected[0]:
        keys = [key for key in expected[0] if got[0].get(key) != expected[0][key]]
        keys = keys or [key for key in got[0] if key not in expected[0]]
        what = f"params[{keys[0]!r}]"
        how = instead_of(got[0].get(keys[0]), expected[0].get(keys[0]))
        return Located(None, None, what, how, tr("{what} is {how}.", what=what, how=how))
    return _weights(got[1], expected[1])


def _weights(got: dict[str, Any], expected: dict[str, torch.Tensor]) -> Located | None:
    until = tr("the params")
    if missing := [name for name in expected if name not in got]:
        how = tr("the weights without {weights}", weights=_kinds(missing))
        says = tr("The params are right. Missing: {weights}.", weights=_kinds(missing))
        return Located(None, until, missing[0], how, says)
    if extra := [name for name in got if name not in expected]:
        how = tr("the weights with {weights} added", weights=_kinds(extra))
        says = tr("The params are right. Not expected: {weights}.", weights=_kinds(extra))
        return Located(None, until, str(extra[0]), how, says)
    wrong = [name for name in expected if not _equal(got[name], expected[name])]
    if not wrong:
        return None
    how_off = _tensor_relation(got[wrong[0]], expected[wrong[0]])
    names = mark("The params and the names of the weights are right. Wrong weights: {weights}.")
    text = told(
        tr(names, weights=_kinds(wrong)),
        tr("For {weight} you return {how}.", weight=wrong[0], how=how_off) if how_off else "",
    )
    return Located(None, tr("the names of the weights"), wrong[0], how_off, text)


def _equal(got: Any, expected: torch.Tensor) -> bool:
    is_tensor = isinstance(got, torch.Tensor) and got.dtype == expected.dtype
    return is_tensor and torch.equal(got, expected)


def _tensor_relation(got: Any, expected: torch.Tensor) -> str | None:
    if not isinstance(got, torch.Tensor):
        return short(got)
    if got.dtype != expected.dtype:
        return instead(dtype_name(got.dtype), dtype_name(expected.dtype))
    return relation(got, expected, Problem())
