"""A kata that looks once for the mistake behind the same calls.

To find the mistake is nearly half the work of grading wrong code. Which one is named depends on
nothing but the calls of the failing tests, so code that is graded in two ways, and does the very
same in both, needs it found once.
"""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgpack

from grader.calls.code_under_test import Call
from grader.calls.outcome import Raised
from grader.calls.packing import Packer
from grader.calls.recipe import Recipe
from grader.diagnosis.known_mistakes import Mistake
from grader.editions import WholeKata
from grader.stage import Stage
from grader.suite.oracle import LiveOracle

_RECIPE = 100  # a kind of value that no message has


class RemembersNames(WholeKata):
    """The whole kata, with oracles that share what they have found out."""

    def oracle(self, stage: Stage, seed: int) -> LiveOracle:
        return _Remembers(self, stage, seed)


class _Remembers(LiveOracle):
    """Looks only for the mistake behind calls that none of its kind has been asked about."""

    _names: dict[bytes, Mistake | None] = {}  # by all calls so far, which may have a say in it

    def __init__(self, kata: WholeKata, stage: Stage, seed: int) -> None:
        super().__init__(kata, stage, seed)
        self._asked = stage.name.encode()
        self._not_looked_at: list[list[Call]] = []

    def name_mistake(self, test: str, calls: Sequence[Call], folder: Path | None) -> Mistake | None:
        packed = _packed(calls).replace(str(folder).encode(), b"folder")
        self._asked = sha256(self._asked + packed).digest()
        self._not_looked_at.append(list(calls))
        if self._asked not in self._names:
            for some in self._not_looked_at:
                self._names[self._asked] = super().name_mistake(test, some, folder)
            self._not_looked_at.clear()
        return self._names[self._asked]


class _CallPacker(Packer):
    def _encode(self, value: Any) -> msgpack.ExtType:
        if isinstance(value, Recipe):
            return msgpack.ExtType(_RECIPE, self.pack([value.maker, *value.args]))
        return super()._encode(value)


def _packed(calls: Sequence[Call]) -> bytes:
    """Return all of some calls that a mistake is found by."""
    return _CallPacker().pack([[_asked(call), _came_of(call)] for call in calls])


def _asked(call: Call) -> list[Any]:
    return [call.callee.name, call.callee.method, call.callee.made, call.args, call.device]


def _came_of(call: Call) -> Any:
    """Return an outcome without the lines of code that an error came through."""
    outcome = call.outcome
    if isinstance(outcome, Raised):
        return [outcome.class_name, outcome.message]
    return [type(outcome).__name__, vars(outcome)]
