"""Where code that no known mistake explains leaves the right way, and how what it has there relates
to what belongs there.

Its values during one failing call are compared with the reference's on the same inputs. Whatever
can't be shown is not said.
"""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from grader.calls.outcome import Seen
from grader.diagnosis.evidence import WrongValue
from grader.diagnosis.landmarks import Landmark
from grader.diagnosis.other_arguments import other_arguments
from grader.diagnosis.relations import Problem, relation
from grader.diagnosis.stage_calls import first_odd_call, stage_calls
from grader.diagnosis.way import departure
from grader.verdict import Located

_SHAPE = re.compile(r"^ +(\w+): .*?`\[(.*?)\]`", re.MULTILINE)  # of an argument, in a docstring


class Locator:
    """Looks for the place where a failing call goes wrong."""

    def __init__(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        wrong: WrongValue,
        landmarks: Sequence[Landmark],
        find: Callable[[str], Any],
    ) -> None:
        """Take the reference's function, the arguments as it takes them, what came of the call, its
        landmarks, and what returns the reference's functions by name."""
        self._function, self._wrong, self._find = function, wrong, find
        self._landmarks = landmarks
        self._given = inspect.signature(function).bind(*args).arguments
        self._problem = Problem(
            [
                *((f"`{name}`", value) for name, value in self._given.items() if _is_tensor(value)),
                *((one.words, one.value) for one in landmarks),
            ],
            numbers_of(function, self._given),
        )

    def locate(self, own: Sequence[Seen], right: Sequence[Seen]) -> Located | None:
        """Return what can be said, from what the learner's code and the reference have worked out;
        None where nothing can."""
        how = self._relation()
        found = self._odd_call(own, right) or self._departure(own) or Located()
        if how and not found.relation:
            result = located_result(how)
            text = "\n".join(filter(None, (found.text, result.text)))
            found = replace(found, relation=how, text=text)
        return found if found.text else None

    def _relation(self) -> str | None:
        """Relate what came to what was expected."""
        got, expected = self._wrong.got, self._wrong.expected
        if not _is_tensor(got) or not _is_tensor(expected):
            return None
        how = relation(got, expected, self._problem)
        return how or other_arguments(self._given, self._gives_the_same)

    def _gives_the_same(self, args: Mapping[str, Any]) -> bool:
        try:
            other = self._function(**args)
        except Exception:  # the reference can't be asked this
            return False
        got = self._wrong.got
        if not _is_tensor(got) or not _is_tensor(other):
            return False
        alike = got.shape == other.shape and not torch.equal(other, self._wrong.expected)
        return (
            alike
            and relation(got, other, Problem()) is None
            and torch.allclose(got.to(other.dtype), other, rtol=1e-4, atol=1e-6)
        )

    def _odd_call(self, own: Sequence[Seen], right: Sequence[Seen]) -> Located | None:
        calls = stage_calls(own, self._find), stage_calls(right, self._find)
        odd = first_odd_call(*calls, self._problem)
        if odd is None:
            return None
        line, before = odd.call.seen.place.line, odd.last_right
        until, text = None, f"Line {line} {odd.said}"
        if before:
            until = f"the call of {before.function} in line {before.seen.place.line}"
            text = f"Right up to {until}.\n{text}"
        return Located(line, until, odd.words, odd.relation, text)

    def _departure(self, own: Sequence[Seen]) -> Located | None:
        found = departure(self._landmarks, own, self._problem)
        if found is None:
            return None
        line = until = how = None
        text = ""
        if found.last_right:
            landmark, seen = found.last_right
            until, line = landmark.words, seen.place.line
            text = f"Right up to line {line}, where `{seen.place.text}` gives {until}.\n"
        missing = found.first_missing.words
        text += f"Your code never gets to {missing}."
        if found.instead:
            seen, how = found.instead
            line = seen.place.line
            text += f"\nLine {line}, `{seen.place.text}`, gives {how}."
        return Located(line, until, missing, how, text)


def located_result(how: str) -> Located:
    """Return what is known when only the result can be related to the expected one."""
    return Located(relation=how, text=f"You return {how}.")


def numbers_of(function: Callable[..., Any], given: Mapping[str, Any]) -> dict[str, float]:
    """Return the numbers of a call by their names: sizes as the function's docstring calls them
    (`[T, d]`), and arguments."""
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
