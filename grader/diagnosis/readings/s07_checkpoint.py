"""The first weight that is missing or has another shape, and which weights a count leaves out."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

import torch

from grader.diagnosis.readings import WrongCall, told
from grader.diagnosis.text_relations import short
from grader.verdict import Located

_LAYER = re.compile(r"^layers\.(\d+)\.")
_MOST = 3  # times that a count can be off by the weights of one kind


def ffn_hidden_dim(wrong: WrongCall) -> Located | None:
    found = _right_step(wrong)
    how = _other_width(wrong)
    if how is None:
        return found
    says = f"You return {how}."
    if found is None:
        return Located(relation=how, text=says)
    return Located(found.line, found.right_until, found.first_wrong, how, told(says, found.text))


def _steps(dim: int, multiple_of: int, multiplier: float | None) -> list[tuple[str, float]]:
    width = int(8 * dim / 3)
    steps = [("two thirds of 4 * dim, rounded down", float(width))]
    if multiplier is not None:
        steps.append((f"that times {multiplier}, rounded down", float(int(multiplier * width))))
    return steps


def _right_step(wrong: WrongCall) -> Located | None:
    """Find the last step that the code has come to, among the numbers that it has worked out."""
    steps = _steps(*wrong.args)
    given = {float(one) for one in wrong.args if one is not None}
    last = None
    for words, number in steps:
        if number in given or number == wrong.expected:
            continue
        seen = next((one for one in wrong.seen if _is(one.value, number)), None)
        if seen is None:
            return _missing_step(wrong, words, number, last)
        last = (f"{words} ({number:g})", seen)
    if last is None:
        return None
    until, seen = last
    up = f"the next multiple of {wrong.args[1]} ({wrong.expected})"
    text = f"Right up to line {seen.place.line}, which gets {until}.\nYou don't get to {up}."
    return Located(seen.place.line, until, up, f"{wrong.got} where {wrong.expected} belongs", text)


def _missing_step(wrong: WrongCall, words: str, number: float, last: Any) -> Located | None:
    near = next(
        (one for one in wrong.seen if type(one.value) is float and 0 < abs(one.value - number) < 1),
        None,
    )
    what = f"{words} ({number:g})"
    if near is None:
        return None
    text = told(
        f"Line {near.place.line}, `{near.place.text}`, gives {near.value:.10g}.",
        f"{number:g} belongs there: {words}.",
    )
    until = last[0] if last else None
    return Located(near.place.line, until, what, f"{near.value:.10g}, not rounded down", text)


def _is(value: Any, number: float) -> bool:
    return type(value) in (int, float) and value == number


def _other_width(wrong: WrongCall) -> str | None:
    """Say by which other rule the widths come out that came in all calls."""
    calls = wrong.all
    if sum(one.got != one.expected for one in calls) < 2:
        return None
    rules: dict[str, Any] = {}
    starts = {
        "": lambda dim: 8 * dim / 3,
        " of 4 * dim in place of two thirds of it": lambda dim: 4 * dim,
        " of 2 * dim / 3": lambda dim: 2 * dim / 3,
        " of dim": lambda dim: dim,
        " of 8 * dim": lambda dim: 8 * dim,
    }
    ends = {
        "": lambda width, of: -(-width // of) * of,
        ", rounded down to a multiple": lambda width, of: width // of * of,
        ", rounded to the nearest multiple": lambda width, of: round(width / of) * of,
        ", not rounded to a multiple": lambda width, of: width,
        ", always one multiple further": lambda width, of: (width // of + 1) * of,
        ", with multiple_of added": lambda width, of: width + of,
    }
    for start, begin in starts.items():
        for middle, stretch in _STRETCHES.items():
            for end, finish in ends.items():
                if start or middle or end:
                    rules[f"the width{start}{middle}{end}"] = (begin, stretch, finish)
    for words, (begin, stretch, finish) in rules.items():
        predicted = [finish(stretch(begin(one.args[0]), one.args[2]), one.args[1]) for one in calls]
        if predicted == [one.got for one in calls]:
            return words
    return None


_STRETCHES: dict[str, Any] = {
    "": lambda width, by: int(width) if by is None else int(by * int(width)),
    " without the multiplier": lambda width, by: int(width),
    " made an int only once, after the multiplier": lambda width, by: int(width * (by or 1)),
    " rounded up before the last step, not down": lambda width, by: -int(-width * (by or 1) // 1),
    " rounded to the nearest int": lambda width, by: round(round(width) * (by or 1)),
    " with the multiplier added": lambda width, by: int(int(width) + (by or 0)),
}


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
        how = f"the shapes without {_kinds(missing)}"
        first = missing[0]
        lines.append(f"Missing: {_kinds(missing)}.")
    if extra:
        lines.append(f"Too many: {_kinds(extra)}.")
        how = how or f"the shapes with {_kinds(extra)} too many"
        first = first or str(extra[0])
    if odd:
        key = odd[0]
        right, came = _shape(expected[key], numbers), _shape(got[key], numbers)
        lines.append(f"{key} should have the shape {right}; yours is {came}.")
        others = _kinds(odd)
        if len(odd) > 1:
            lines.append(f"Shapes that are wrong: {others}.")
        relation = _shape_relation(got[key], expected[key])
        how = how or f"the shape {came} where {right} belongs" + relation
        first = first or key
    return Located(None, None, first, how, told(*lines)) if lines else None


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _shape_relation(got: Any, expected: tuple[int, ...]) -> str:
    if isinstance(got, (tuple, list)) and len(expected) > 1 and tuple(got)[::-1] == expected:
        return ", which is transposed"
    if isinstance(got, list) and tuple(got) == expected:
        return ", a list and no tuple"
    return ""


def _numbers(wrong: WrongCall, params: Mapping[str, Any]) -> dict[int, str]:
    """Return words for the sizes of a model, by their value; none for those that coincide."""
    dim, heads = params["dim"], params["n_heads"]
    kv_heads = params.get("n_kv_heads") or heads
    width = wrong.find("ffn_hidden_dim")
    ffn = width(dim, params["multiple_of"], params.get("ffn_dim_multiplier"))
    known = [
        (dim, "dim"),
        (params["vocab_size"], "vocab_size"),
        (ffn, "the feed-forward width"),
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
    names = [numbers.get(size) for size in shape]
    return f"{shape}" + (f" ({', '.join(map(str, names))})" if all(names) else "")


def _kinds(names: Sequence[Any]) -> str:
    """Name weights, those of several layers together."""
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
            shown.append(f"{kind} (layers {listed})")
    return ", ".join(shown[:4]) + (f" and {len(shown) - 4} other kinds" if len(shown) > 4 else "")


_CLASSES = {  # weights that have the same size, in words
    "tok_embeddings.weight": "an embedding or output matrix",
    "layers.0.attention.wq.weight": "wq or wo of every layer",
    "layers.0.attention.wk.weight": "wk or wv of every layer",
    "layers.0.feed_forward.w1.weight": "w1, w2 or w3 of every layer",
    "layers.0.ffn_norm.weight": "attention_norm or ffn_norm of every layer",
    "norm.weight": "the last norm",
}


def parameter_count(wrong: WrongCall) -> Located | None:
    """Say which weights were left out or counted twice, if that explains all calls."""
    shapes_of = wrong.find("expected_shapes")
    rows, apart = [], []
    for one in wrong.all:
        if type(one.got) is not int:
            return None
        shapes = shapes_of(*one.args)
        layers = one.args[0]["n_layers"]
        sizes = {name: prod(shapes[name]) for name in _CLASSES}
        rows.append([size * (layers if "layers" in name else 1) for name, size in sizes.items()])
        apart.append(one.got - one.expected)
    if sum(map(bool, apart)) < 2:
        return None
    fits = [times for times in _few_times() if _explains(times, rows, apart)]
    if len(fits) != 1:
        return None
    words = list(_weights_off(fits[0]))
    how = " and ".join(words)
    (got, expected) = wrong.call.pair
    text = f"Your count is {abs(got - expected)} too {'high' if got > expected else 'low'}: {how}."
    return Located(relation=how, text=text)


def _few_times() -> Iterator[tuple[int, ...]]:
    """Yield how often each class may be off, at most two of them together."""
    for times in product(range(-_MOST, _MOST + 1), repeat=len(_CLASSES)):
        if 0 < sum(map(bool, times)) <= 2:
            yield times


def _explains(times: Sequence[int], rows: Sequence[Sequence[int]], apart: Sequence[int]) -> bool:
    sums = (sum(a * b for a, b in zip(times, row, strict=True)) for row in rows)
    return all(one == other for one, other in zip(sums, apart, strict=True))


def _weights_off(times: Sequence[int]) -> Iterator[str]:
    for count, words in zip(times, _CLASSES.values(), strict=True):
        if count:
            often = "" if abs(count) == 1 else f", {abs(count)} times"
            yield f"{words}{often} {'too many' if count > 0 else 'missing'}"


def load_checkpoint(wrong: WrongCall) -> Located | None:
    got, expected = wrong.got, wrong.expected
    if not (isinstance(got, tuple) and len(got) == 2 and all(isinstance(one, dict) for one in got)):
        return None
    if got[0] != expected[0]:
        keys = [key for key in expected[0] if got[0].get(key) != expected[0][key]]
        keys = keys or [key for key in got[0] if key not in expected[0]]
        what = f"params[{keys[0]!r}]"
        how = f"{short(got[0].get(keys[0]))} where {short(expected[0].get(keys[0]))} belongs"
        return Located(None, None, what, how, f"{what} is {how}.")
    return _weights(got[1], expected[1])


def _weights(got: dict[str, Any], expected: dict[str, torch.Tensor]) -> Located | None:
    until = "the params"
    if missing := [name for name in expected if name not in got]:
        how = f"the weights without {_kinds(missing)}"
        return Located(
            None, until, missing[0], how, f"The params are right. Missing: {_kinds(missing)}."
        )
    if extra := [name for name in got if name not in expected]:
        how = f"the weights with {_kinds(extra)} too many"
        return Located(
            None, until, str(extra[0]), how, f"The params are right. Too many: {_kinds(extra)}."
        )
    return None
