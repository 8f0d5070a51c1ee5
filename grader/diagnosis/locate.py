"""Find where unexplained code first differs from the reference, and how the values there relate.

The values that it computes during one failing call are compared with the reference's on the same
inputs. Nothing is stated that can't be shown.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from grader.calls.outcome import Seen
from grader.calls.plain_values import identical
from grader.diagnosis.by_numbers import FEWEST
from grader.diagnosis.evidence import WrongValue
from grader.diagnosis.landmarks import Landmark
from grader.diagnosis.locate_plain import kept_from_earlier, returns
from grader.diagnosis.reference_with_other_arguments import other_arguments
from grader.diagnosis.relations import located_result, strong_relation, weak_relation
from grader.diagnosis.stage_calls import first_odd_call, missing_call, never_called, stage_calls
from grader.diagnosis.suspect_lines import nan_line, random_line, rounding_line
from grader.diagnosis.two_tensors import Problem, is_alike
from grader.diagnosis.way import RESULT, departure, lost_result, sentences
from grader.language import mark, tr
from grader.verdict import Located

_SHAPE = re.compile(r"^ +(\w+): .*?`\[(.*?)\]`", re.MULTILINE)  # of an argument, in a docstring


class Locator:
    """Finds the place where a failing call goes wrong."""

    def __init__(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        wrong: WrongValue,
        landmarks: Sequence[Landmark],
        find: Callable[[str], Any],
        is_half: bool = False,
    ) -> None:
        """Prepare to locate one failing call.

        Args:
            function: the reference's function.
            args: its arguments.
            wrong: what the learner's code returned or raised, and what was expected.
            landmarks: the values on the way to the right result.
            find: returns the reference's functions by name.
            is_half: whether the learner's code was given half-precision tensors.
        """
        self._function, self._wrong, self._find = function, wrong, find
        self._is_half = is_half
        self._landmarks = list(landmarks)
        if landmarks and _is_tensor(wrong.expected):
            self._landmarks.append(Landmark(tr(RESULT), wrong.expected))
        self._given = inspect.signature(function).bind(*args).arguments
        self._problem = Problem(
            list(_named_tensors(self._given)),
            [(one.words, one.value) for one in landmarks],
            numbers_of(function, self._given),
        )

    def locate(self, record: Callable[[], Sequence[Seen]], right: Sequence[Seen]) -> Located | None:
        """Return what can be said of a wrong result; None if nothing can.

        Args:
            record: calls the learner's code once more and returns what it computes.
            right: what the reference computes.
        """
        own = record()
        if self._differs(own) and (random := random_line(own, record())):
            return random  # what else could be said differs from call to call, too
        if found := self._odd_call(own, right):
            return found
        found, how = self._departure(own) or Located(), self._relation()
        if not found.relation and not how:
            found = _joined(found, self._suspect_line(own))
        if how and not found.relation:
            found = _joined(found, located_result(how, self._problem))
        got, expected = self._wrong.got, self._wrong.expected
        if _gives(own, expected) and not (_is_tensor(got) and is_alike(got, expected)):
            return kept_from_earlier(own, found)
        return None if found == Located() else found

    def _differs(self, own: Sequence[Seen]) -> bool:
        """Return whether the call returned something else when it was recorded."""
        got, last = self._wrong.got, own[-1].value if own else None
        if not isinstance(got, torch.Tensor) or not isinstance(last, torch.Tensor):
            return type(got) is type(last) and not identical(got, last)
        return got.shape == last.shape and not (identical(got, last) or is_alike(got, last))

    def _relation(self) -> str | None:
        """Relate the result to the expected one."""
        got, expected = self._wrong.got, self._wrong.expected
        if isinstance(expected, dict):
            return self._relation_of_dicts()
        if not _is_tensor(got) or not _is_tensor(expected):
            return None
        if is_alike(got, expected):
            return None  # something else is wrong with it
        return (
            strong_relation(got, expected, self._problem)
            or self._applied_twice()
            or other_arguments(self._given, self._gives_it)
            or weak_relation(got, expected, self._problem)
        )

    def _applied_twice(self) -> str | None:
        """Say that the result is that of the function applied to its own result."""
        name, first = next(iter(self._given.items()), ("", None))
        expected = self._wrong.expected
        if not isinstance(first, torch.Tensor) or first.shape != expected.shape:
            return None
        if first.dtype == expected.dtype and self._gives_it({**self._given, name: expected}):
            return tr("what you'd get by applying the function twice")
        return None

    def _relation_of_dicts(self) -> str | None:
        """Relate the tensors of two dicts as if each dict were one long vector."""
        got, expected = self._wrong.got, self._wrong.expected
        if not isinstance(got, dict) or got.keys() != expected.keys():
            return None
        pairs = [(got[key], expected[key]) for key in expected]
        if not all(_is_tensor(one) and _is_tensor(other) for one, other in pairs):
            return None
        if any((one.shape, one.dtype) != (other.shape, other.dtype) for one, other in pairs):
            return None
        ones, others = (
            torch.cat([one.flatten() for one in some]) for some in zip(*pairs, strict=True)
        )
        return None if is_alike(ones, others) else strong_relation(ones, others, self._problem)

    def _gives_it(self, args: Mapping[str, Any]) -> bool:
        """Return whether the reference gives what came if it is called with other arguments."""
        got, expected = self._wrong.got, self._wrong.expected
        if got.numel() < FEWEST:
            return False
        try:
            other = self._function(**args)
        except Exception:  # the reference can't be asked this
            return False
        if not _is_tensor(other) or got.shape != other.shape or is_alike(other, expected):
            return False
        return is_alike(got, other)

    def locate_error(self, own: Sequence[Seen], right: Sequence[Seen]) -> Located | None:
        """Return what can be said of a call that raised."""
        if _gives(own, self._function(**self._given)):
            return kept_from_earlier(own, None)
        return self._odd_call(own, right, raised=True)

    def _odd_call(
        self, own: Sequence[Seen], right: Sequence[Seen], raised: bool = False
    ) -> Located | None:
        """Find a call of a stage's function that differs from the reference's."""
        calls = stage_calls(own, self._find), stage_calls(right, self._find)
        odd = first_odd_call(*calls, self._problem, raised)
        if odd is None and raised:
            return None
        if odd is None:
            missing = missing_call(*calls, own)
            if missing is None:
                return None
            text = tr("Your code never calls {call}.", call=missing)
            return Located(first_wrong=tr("the call of {call}", call=missing), text=text)
        line, before = odd.call.seen.place.line, odd.last_right
        until, lines = None, [odd.said]
        if before:
            at, name = before.seen.place.line, before.function
            until = tr("the call of {name} in line {line}", name=name, line=at)
            says = mark("Your calls are right up to line {line}, where you call {name}.")
            if odd.is_after_others:
                says = mark("In line {line}, you call {name} as you should.")
            lines.insert(0, tr(says, line=at, name=name))
        if not raised and (never := never_called(*calls, own, self._problem)):
            lines.append(tr("And your code never calls {name}.", name=never))
        return Located(line, until, odd.words, odd.relation, "\n".join(lines))

    def _suspect_line(self, own: Sequence[Seen]) -> Located | None:
        """Find a line whose values are suspect in themselves."""
        got, expected = self._wrong.got, self._wrong.expected
        if not _is_tensor(got) or not _is_tensor(expected):
            return None
        found = nan_line(own, got, expected)
        return found if found or self._is_half else rounding_line(own, got, expected)

    def _departure(self, own: Sequence[Seen]) -> Located | None:
        """Find the first landmark that the code never reaches, or where it has the result."""
        found = departure(self._landmarks, own, self._problem)
        if found is None:
            return self._lost_result(own)
        line = until = how = None
        if found.last_right:
            landmark, seen = found.last_right
            until, line = landmark.words, seen.place.line
        if found.instead:
            seen, how = found.instead
            line = seen.place.line
        text = "\n".join(sentences(found))
        return Located(line, until, found.first_missing.words, how, text)

    def _lost_result(self, own: Sequence[Seen]) -> Located | None:
        """Find where the code has the right result, if it returns something else."""
        got, expected = self._wrong.got, self._wrong.expected
        if not _is_tensor(got) or not _is_tensor(expected) or is_alike(got, expected):
            return None
        seen = lost_result(own, expected)
        if seen is None:
            return None
        says = mark("Line {line}, `{code}`, gives the right result. What follows changes it.")
        text = tr(says, line=seen.place.line, code=seen.place.text)
        return Located(seen.place.line, tr(RESULT), tr("what follows"), None, text)


def _joined(found: Located, more: Located | None) -> Located:
    """Combine what is known of the values along the way with what is known of the result."""
    if more is None:
        return found
    text = "\n".join(filter(None, (found.text, more.text)))
    return replace(found, line=more.line or found.line, relation=more.relation, text=text)


def _gives(own: Sequence[Seen], expected: Any) -> bool:
    """Return whether the code returns the right tensor if its file has just been run."""
    if not returns(own) or not _is_tensor(own[-1].value) or not _is_tensor(expected):
        return False
    return is_alike(own[-1].value, expected)


def _named_tensors(given: Mapping[str, Any]) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield the tensors among the arguments and in their dicts, with words for each."""
    for name, value in given.items():
        if isinstance(value, torch.Tensor):
            yield tr("the argument `{name}`", name=name), value
        elif isinstance(value, dict):
            for key, item in value.items():
                if isinstance(item, torch.Tensor):
                    yield f"`{name}[{key!r}]`", item


def numbers_of(function: Callable[..., Any], given: Mapping[str, Any]) -> dict[str, float]:
    """Return the numbers of a call by name: its arguments, and the sizes of its tensors as the
    function's docstring names them (`[T, d]`)."""
    numbers = {name: float(value) for name, value in given.items() if type(value) in (int, float)}
    shapes = dict(_SHAPE.findall(inspect.getdoc(function) or ""))
    for name, shape in shapes.items():
        value, symbols = given.get(name), [one.strip() for one in shape.split(",")]
        if not isinstance(value, torch.Tensor) or value.dim() != len(symbols):
            continue
        for symbol, size in zip(symbols, value.shape, strict=True):
            if symbol.isalpha():
                numbers.setdefault(symbol, size)
            elif symbol == "d/2":
                numbers.setdefault("d", 2 * size)
    return numbers


def _is_tensor(value: Any) -> bool:
    return isinstance(value, torch.Tensor)
