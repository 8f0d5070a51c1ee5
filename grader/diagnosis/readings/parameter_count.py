"""Find which weights a count of parameters leaves out, or counts twice."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from math import prod

from grader.diagnosis.comparing import off_by
from grader.diagnosis.readings import WrongCall
from grader.diagnosis.relations import located_result
from grader.language import Words, joined, mark, tr
from grader.verdict import Located

Shapes = Mapping[str, tuple[int, ...]]

_MOST = 3  # how many times the weights of one kind may be missing or extra
_CLASSES = {  # weights that have the same size, in words
    "tok_embeddings.weight": mark("the embedding or output matrix"),
    "layers.0.attention.wq.weight": mark("wq or wo of every layer"),
    "layers.0.attention.wk.weight": mark("wk or wv of every layer"),
    "layers.0.feed_forward.w1.weight": mark("w1, w2 or w3 of every layer"),
    "layers.0.ffn_norm.weight": mark("attention_norm or ffn_norm of every layer"),
    "norm.weight": mark("the last norm"),
}


def read_count(wrong: WrongCall) -> Located | None:
    """Return which weights were left out or counted twice, if that explains all calls."""
    shapes_of = wrong.find("expected_shapes")
    if other := _other_count(wrong, shapes_of):
        return located_result(other)
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
    fits = list({times for times in _few_times() if _explains(times, rows, apart)})
    if len(fits) != 1:
        return None
    how = joined(list(_weights_off(fits[0])))
    (got, expected) = wrong.call.pair
    text = tr("Your count is {off}: {how}.", off=off_by(got - expected), how=how)
    return Located(relation=how, text=text)


def _other_count(wrong: WrongCall, shapes_of: Callable[..., Shapes]) -> Words | None:
    """Return what was counted instead in all calls."""
    if len({one.expected for one in wrong.all if one.got != one.expected}) < 2:
        return None
    shapes = [shapes_of(*one.args) for one in wrong.all]
    for words, count in _OTHER_COUNTS.items():
        if all(count(each) == one.got for each, one in zip(shapes, wrong.all, strict=True)):
            return tr(words)
    return None


_OTHER_COUNTS: dict[str, Callable[[Shapes], int]] = {
    mark("the number of weights instead of the number of their entries"): len,
    mark("the sum of all sizes instead of their products"): lambda shapes: sum(
        map(sum, shapes.values())
    ),
    mark("the sum of the first size of each weight"): lambda shapes: sum(
        shape[0] for shape in shapes.values()
    ),
    mark("the count of the matrices alone, without the norms"): lambda shapes: sum(
        prod(shape) for shape in shapes.values() if len(shape) > 1
    ),
    mark("the count of the layers alone"): lambda shapes: _in_those(shapes, "layers."),
    mark("the count of the first layer alone"): lambda shapes: _in_those(shapes, "layers.0."),
    mark("the count with only the first of the layers"): lambda shapes: (
        _in_all(shapes) - _in_those(shapes, "layers.") + _in_those(shapes, "layers.0.")
    ),
    mark("the count without the layers"): lambda shapes: (
        _in_all(shapes) - _in_those(shapes, "layers.")
    ),
}


def _in_all(shapes: Shapes) -> int:
    return _in_those(shapes, "")


def _in_those(shapes: Shapes, prefix: str) -> int:
    return sum(prod(shape) for name, shape in shapes.items() if name.startswith(prefix))


def _few_times() -> Iterator[tuple[int, ...]]:
    """Yield how many times each class may be missing or extra, at most two classes at once."""
    often = [count for count in range(-_MOST, _MOST + 1) if count]
    for one, other in combinations(range(len(_CLASSES)), 2):
        for first in often:
            for second in (0, *often):
                times = [0] * len(_CLASSES)
                times[one], times[other] = first, second
                yield tuple(times)
    for last in often:
        yield (*[0] * (len(_CLASSES) - 1), last)


def _explains(times: Sequence[int], rows: Sequence[Sequence[int]], apart: Sequence[int]) -> bool:
    sums = (sum(a * b for a, b in zip(times, row, strict=True)) for row in rows)
    return all(one == other for one, other in zip(sums, apart, strict=True))


def _weights_off(times: Sequence[int]) -> Iterator[Words]:
    for count, weights in zip(times, _CLASSES.values(), strict=True):
        if count > 0:
            words = mark("{weights} is counted {count} times too often")
            if count == 1:
                words = mark("{weights} is counted once too often")
            yield tr(words, weights=tr(weights), count=count)
        elif count < 0:
            words = mark("{weights} is left out {count} times")
            if count == -1:
                words = mark("{weights} is left out once")
            yield tr(words, weights=tr(weights), count=-count)
