"""How far the learner's code is right: which landmarks it reaches, and in which line it has
something else."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from grader.calls.outcome import Seen
from grader.calls.places import Place
from grader.calls.plain_values import tensors_in
from grader.calls.recorder import MOST_EACH
from grader.diagnosis.landmarks import Landmark
from grader.diagnosis.relations import relation, strong_relation
from grader.diagnosis.two_tensors import HALVES, Problem, is_constant, wide
from grader.language import in_english, mark, tr

RESULT = mark("the right result")
_RIGHT_UP_TO = mark("Your values are right up to line {line}, where `{code}` gives {value}.")
_TWO_ARE_RIGHT = mark(
    "Line {at}, `{text}`, gives {other}, and line {line}, `{code}`, gives {value}, as they should."
)
_NEAR = 3e-6
# What was seen comes from an untrusted process, so there may be too much of it:
_MOST_SLICES = 64
_MOST_PIECES = 4000
_MOST_RELATED = 100  # values that are related to a landmark


@dataclass(frozen=True)
class Departure:
    """Where code first goes wrong."""

    last_right: tuple[Landmark, Seen] | None
    beside: tuple[Landmark, Seen] | None  # the last that is right and not on the way to that one
    first_missing: Landmark
    instead: tuple[Seen, str] | None  # what it has there, and how that relates to what is missing


def departure(
    landmarks: Sequence[Landmark], seen: Sequence[Seen], problem: Problem
) -> Departure | None:
    """Return where code first goes wrong; None if it reaches all landmarks, or if it reaches none
    and has nothing in place of the first either."""
    landmarks, seen = _distinct(landmarks), _with_loops(seen)
    pieces = _Pieces(seen)
    reached = [pieces.first(landmark.value) for landmark in landmarks]
    at = _first_missing(landmarks, reached)
    if at is None:
        return None
    given = [value for _, value in problem.given]
    if all(one is None for one in reached):
        right = pieces.right(given)
        own = [one for number, one in enumerate(seen) if number not in right]
        instead = _instead(own, landmarks[0], problem, strong_relation)
        return Departure(None, None, landmarks[0], instead) if instead else None
    missing, last_right, beside, since = landmarks[at], None, None, -1
    for landmark, where in zip(landmarks[:at], reached[:at], strict=True):
        if where is not None and missing.builds_on(landmark):
            apart = [one for one in (beside, last_right) if one and not landmark.builds_on(one[0])]
            beside = apart[-1] if apart else None
            last_right, since = (landmark, seen[where]), where
    right = pieces.right([*(one.value for one in landmarks), *given])
    wrong = [one for at, one in enumerate(seen) if at > since and at not in right]
    return Departure(last_right, beside, missing, _instead(wrong, missing, problem))


def sentences(found: Departure) -> Iterator[str]:
    """Say up to where code is right, what is missing, and what it has instead."""
    missing = found.first_missing.words
    if found.last_right:
        landmark, seen = found.last_right
        last = {"line": seen.place.line, "code": seen.place.text, "value": landmark.words}
        if found.beside and found.beside[1].place != seen.place:
            landmark, seen = found.beside
            first = {"at": seen.place.line, "text": seen.place.text, "other": landmark.words}
            yield tr(_TWO_ARE_RIGHT, **first, **last)
        else:
            yield tr(_RIGHT_UP_TO, **last)
    if missing == tr(RESULT):
        yield tr("The mistake comes after that.")
    elif found.last_right:
        yield tr(
            "In the reference, the next step gives {value}; no line of yours does.", value=missing
        )
    else:
        yield tr("No line of your code gives {value}.", value=missing)
    if found.instead:
        seen, how = found.instead
        says = mark("In place of {value}, line {line}, `{code}`, gives {how}.")
        if "expected" not in in_english(how):
            says = mark("Line {line}, `{code}`, gives {how}.")
        yield tr(says, line=seen.place.line, code=seen.place.text, how=how, value=missing)


def _with_loops(seen: Sequence[Seen]) -> list[Seen]:
    """Return what was seen, with what a loop computes piece by piece as a whole in place of the
    pieces. Those of a loop so long that the recorder left some out are not to blame either."""
    runs: dict[Place, list[Seen]] = defaultdict(list)
    for one in seen:
        runs[one.place].append(one)
    wholes = {
        place: list(_as_a_whole([one.value for one in some]))
        for place, some in runs.items()
        if 1 < len(some) < MOST_EACH
    }
    found = []
    for one in seen:
        some = runs[one.place]
        if len(some) < MOST_EACH and not wholes.get(one.place):
            found.append(one)
        elif one is some[-1]:
            found += [replace(one, value=whole) for whole in wholes.get(one.place, ())]
    return found


def _as_a_whole(values: Sequence[Any]) -> Iterator[Tensor]:
    """Yield tensors of one shape one below the other, and side by side."""
    tensors = [one for one in values if isinstance(one, Tensor)]
    if len(tensors) < len(values) or len({(one.shape, one.dtype) for one in tensors}) > 1:
        return
    yield torch.stack(tensors)
    if tensors[0].dim() > 1:
        yield torch.cat(tensors, -1)


def _distinct(landmarks: Sequence[Landmark]) -> list[Landmark]:
    """Leave out landmarks that have almost the value of an earlier one: whoever reaches one reaches
    both."""
    kept: list[Landmark] = []
    for landmark in landmarks:
        same = [one for one in kept if one.value.shape == landmark.value.shape]
        if not any(_near(wide(one.value), wide(landmark.value), 10 * _NEAR) for one in same):
            kept.append(landmark)
    return kept


def _first_missing(landmarks: Sequence[Landmark], reached: Sequence[int | None]) -> int | None:
    """Return the first landmark that code neither reaches nor bypasses, which it does by reaching
    one that builds on it."""
    for index, landmark in enumerate(landmarks):
        later = zip(landmarks[index + 1 :], reached[index + 1 :], strict=True)
        bypassed = any(at is not None and one.builds_on(landmark) for one, at in later)
        if reached[index] is None and not bypassed:
            return index
    return None


def _instead(
    wrong: Sequence[Seen],
    missing: Landmark,
    problem: Problem,
    relate: Callable[[Tensor, Tensor, Problem], str | None] = relation,
) -> tuple[Seen, str] | None:
    """Return the first value that is related to a landmark, and how; of a part of a line and the
    whole of it, the whole."""
    tensors = ((one, tensor) for one in wrong for tensor in tensors_in(one.value))
    found: tuple[Seen, str] | None = None
    for one, tensor in islice(tensors, _MOST_RELATED):
        if found and not _is_part(found[0].place, one.place):
            continue
        if tensor.dtype in HALVES and missing.value.dtype not in HALVES:
            continue  # it is close to many values, and rounding is reported elsewhere
        if is_constant(tensor):
            continue  # it is what a sum or a maximum begins with
        if words := relate(tensor, missing.value, problem):
            inexact = words == missing.words
            found = one, tr("{value}, but not exactly", value=words) if inexact else words
    return found


def _is_part(part: Place, whole: Place) -> bool:
    return part.line == whole.line and part.text != whole.text and part.text in whole.text


class _Pieces:
    """What code has computed, whole and slice by slice, to be found by value."""

    def __init__(self, seen: Sequence[Seen]) -> None:
        self._by_size: dict[tuple[int, bool], list[tuple[float, int, Tensor]]] = defaultdict(list)
        for at, piece in islice(_pieces_of(seen), _MOST_PIECES):
            key = piece.numel(), piece.is_complex()
            self._by_size[key].append((_size(piece), at, piece))

    def first(self, value: Tensor) -> int | None:
        """Return the index of the first thing seen that holds a value, transposed or not."""
        return next(self._all(value), None)

    def right(self, values: Sequence[Tensor]) -> set[int]:
        """Return the indices of the things seen that hold any of some values."""
        found = map(self._all, values)
        return {at for some in found for at in some}

    def _all(self, value: Tensor) -> Iterator[int]:
        value = wide(value)
        size = _size(value)
        for other, at, piece in self._by_size[value.numel(), value.is_complex()]:
            if abs(other - size) <= _NEAR * size and _is_same(piece, value):
                yield at


def _pieces_of(seen: Sequence[Seen]) -> Iterator[tuple[int, Tensor]]:
    for at, one in enumerate(seen):
        for tensor in tensors_in(one.value):
            if tensor.device.type != "meta":
                yield from ((at, piece) for piece in _slices(wide(tensor)))


def _slices(tensor: Tensor) -> Iterator[Tensor]:
    """Yield a tensor, and its slices along each dimension that may be that of the heads."""
    yield tensor
    for dim in range(tensor.dim() if tensor.dim() > 2 else 0):
        if 1 < tensor.shape[dim] <= _MOST_SLICES:
            yield from tensor.unbind(dim)


def _is_same(one: Tensor, other: Tensor) -> bool:
    if _near(one.flatten(), other.flatten()):
        return True
    return one.dim() == 2 and other.dim() >= 2 and _near(one.T.flatten(), other.flatten())


def _near(one: Tensor, other: Tensor, near: float = _NEAR) -> bool:
    finite = other.isfinite()
    if not torch.equal(finite, one.isfinite()):
        return False
    scale = other[finite].abs().max() if bool(finite.any()) else 0.0
    return bool(((one - other)[finite].abs() <= near * scale).all())


def _size(tensor: Tensor) -> float:
    return float(torch.linalg.vector_norm(tensor[tensor.isfinite()]))
