"""How far the learner's code is right: which landmarks it reaches, and in which line it has
something else."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from grader.calls.outcome import Seen
from grader.calls.places import Place
from grader.calls.plain_values import tensors_in
from grader.calls.recorder import LARGEST_TENSOR, MOST_BYTES, MOST_EACH, MOST_SEEN
from grader.diagnosis.landmarks import Landmark
from grader.diagnosis.relations import relation, strong_relation
from grader.diagnosis.seen_values import NEAR, Pieces, is_exactly, is_near, is_transposed
from grader.diagnosis.two_tensors import HALVES, Problem, is_constant, wide
from grader.language import in_english, mark, tr

RESULT = mark("the right result")
_IS_RIGHT = mark("Line {line}, `{code}`, gives {value}, as it should.")
_IS_IN_PIECES = mark("Line {line}, `{code}`, gives {value} piece by piece, as it should.")
_IS_TRANSPOSED = mark("Line {line}, `{code}`, gives {value}, transposed.")
_TWO_ARE_RIGHT = mark(
    "Line {at}, `{text}`, gives {other}, and line {line}, `{code}`, gives {value}, as they should."
)
_MOST_RELATED = 100  # values that are related to a landmark: there may be too many


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
    landmarks, recorded, seen = _distinct(landmarks), seen, _with_loops(seen)
    pieces = Pieces(seen)
    reached = [pieces.first(landmark.value) for landmark in landmarks]
    at = _first_missing(landmarks, reached)
    if at is None or _may_be_left_out(landmarks[at].value, recorded):
        return None
    given = [value for _, value in problem.given]
    if all(one is None for one in reached):
        right = pieces.right(given)
        own = [one for number, one in enumerate(seen) if number not in right]
        instead = _instead(own, landmarks[0], problem, relate=strong_relation)
        return Departure(None, None, landmarks[0], instead) if instead else None
    missing, last_right, beside, since = landmarks[at], None, None, -1
    for landmark, where in zip(landmarks[:at], reached[:at], strict=True):
        if where is not None and missing.builds_on(landmark):
            apart = [one for one in (beside, last_right) if one and not landmark.builds_on(one[0])]
            beside = apart[-1] if apart else None
            last_right, since = (landmark, seen[where]), where
    right = pieces.right([*(one.value for one in landmarks), *given])
    wrong = [one for at, one in enumerate(seen) if at > since and at not in right]
    there = [one for one, where in zip(landmarks, reached, strict=True) if where is not None]
    return Departure(last_right, beside, missing, _instead(wrong, missing, problem, there))


def lost_result(seen: Sequence[Seen], expected: Tensor) -> Seen | None:
    """Return where code has the right result, if it doesn't return it."""
    if is_constant(expected):
        return None
    right = [one for one in seen if is_exactly(one.value, expected)]
    return right[-1] if right and right[-1] is not seen[-1] else None


def sentences(found: Departure) -> Iterator[str]:
    """Say what is right, what is missing, and what the code has instead."""
    missing, transposed = found.first_missing.words, False
    if found.last_right:
        landmark, seen = found.last_right
        transposed = is_transposed(seen.value, landmark.value)
        last = {"line": seen.place.line, "code": seen.place.text, "value": landmark.words}
        if transposed:
            yield tr(_IS_TRANSPOSED, **last)
        elif found.beside and found.beside[1].place != seen.place:
            landmark, seen = found.beside
            first = {"at": seen.place.line, "text": seen.place.text, "other": landmark.words}
            yield tr(_TWO_ARE_RIGHT, **first, **last)
        else:
            in_pieces = isinstance(seen, _Whole) and seen.value.numel() == landmark.value.numel()
            yield tr(_IS_IN_PIECES if in_pieces else _IS_RIGHT, **last)
    if missing == tr(RESULT) and transposed:
        yield tr("No later line turns it into the right result.")
    elif missing == tr(RESULT):
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
        if _is_no_relation(how):
            says = mark("Line {line}, `{code}`, gives {how}.")
        yield tr(says, line=seen.place.line, code=seen.place.text, how=how, value=missing)


def _may_be_left_out(value: Tensor, recorded: Sequence[Seen]) -> bool:
    """Return whether the code may have a value that wasn't recorded because of the limits."""
    if value.numel() > LARGEST_TENSOR or len(recorded) >= MOST_SEEN:
        return True
    parts = ([one.value, one.args, one.kwargs] for one in recorded)
    tensors = [tensor for some in parts for tensor in tensors_in(some)]
    return sum(one.numel() * one.element_size() for one in [*tensors, value]) > MOST_BYTES


class _Whole(Seen):
    """What a loop computes piece by piece, put together."""


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
            known = one.place, one.function, one.args, one.kwargs
            found += [_Whole(*known, whole) for whole in wholes.get(one.place, ())]
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
        if not any(is_near(wide(one.value), wide(landmark.value), 10 * NEAR) for one in same):
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
    there: Sequence[Landmark] = (),
    relate: Callable[[Tensor, Tensor, Problem], str | None] = relation,
) -> tuple[Seen, str] | None:
    """Return the first value that is related to a landmark, and how; of a part of a line and the
    whole of it, the whole. What is almost a landmark that is `there` is a step on from it."""
    tensors = ((one, tensor) for one in wrong for tensor in tensors_in(one.value))
    found: tuple[Seen, str] | None = None
    is_rounded = False
    for one, tensor in islice(tensors, _MOST_RELATED):
        if found and not _is_part(found[0].place, one.place):
            continue
        if tensor.dtype in HALVES and missing.value.dtype not in HALVES:
            is_rounded = True
            continue  # it is close to many values, and rounding is reported elsewhere
        if is_constant(tensor):
            continue  # it is what a sum or a maximum begins with
        words = relate(tensor, missing.value, problem)
        if words is None or (tensor.shape != missing.value.shape and _is_no_relation(words)):
            continue  # a part of another value, which may rightly be there
        inexact = words == missing.words or words in [name for name, _ in problem.values]
        if inexact and (is_rounded or words in [one.words for one in there]):
            continue
        found = one, tr("{value}, but not exactly", value=words) if inexact else words
    return found


def _is_no_relation(words: str) -> bool:
    """Return whether words are those of another value of the problem, or of a part of one."""
    return "expected" not in in_english(words)


def _is_part(part: Place, whole: Place) -> bool:
    return part.line == whole.line and part.text != whole.text and part.text in whole.text
