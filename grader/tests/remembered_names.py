"""A kata that finds the mistake behind the same calls once, and makes each call of a mistake once.

To find the mistakes is nearly half the work of grading wrong code. Which one is named depends on
nothing but the calls of the failing tests, so code that is graded in two ways, and does the very
same in both, needs it found once. And with one seed, every wrong version of a stage is asked the
same: what all known mistakes make of that need not be worked out again for each of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgpack

from grader.calls.code_under_test import Call
from grader.calls.outcome import CallOutcome, Raised
from grader.calls.packing import Packer
from grader.calls.recipe import Recipe
from grader.calls.stage_modules import reference_modules
from grader.diagnosis.diagnose import Diagnosis
from grader.diagnosis.known_mistakes import Mistake, mistakes_of
from grader.diagnosis.variant import Variant, modules_with
from grader.editions import WholeKata
from grader.stage import Stage
from grader.suite.oracle import LiveOracle

_RECIPE = 100  # a kind of value that no message has


@dataclass
class _Memory:
    """What was found out about the calls of one stage."""

    names: dict[bytes, Mistake | None] = field(default_factory=dict)  # by all failing calls so far
    outcomes: dict[tuple[str, bytes], CallOutcome] = field(default_factory=dict)


@dataclass(frozen=True)
class RemembersNames(WholeKata):
    """The whole kata for the gradings of one stage, with oracles that share what they find out."""

    _memory: _Memory = field(default_factory=_Memory, compare=False, repr=False)

    def oracle(self, stage: Stage, seed: int) -> LiveOracle:
        reference = reference_modules(self.solutions, stage)
        diagnosis = _Remembers(self._memory, mistakes_of(self, stage), reference, stage)
        return _Oracle(self, stage, seed, self._memory.names, diagnosis)


class _Oracle(LiveOracle):
    """Looks only for the mistake behind calls that no oracle of this kata has been asked about."""

    def __init__(
        self,
        kata: WholeKata,
        stage: Stage,
        seed: int,
        names: dict[bytes, Mistake | None],
        diagnosis: Diagnosis,
    ) -> None:
        super().__init__(kata, stage, seed)
        self._names, self._remembers = names, diagnosis
        self._asked = b""  # all failing calls so far, since an earlier name has a say in the next
        self._not_looked_at: list[list[_Call]] = []

    def name_mistake(self, test: str, calls: Sequence[Call], folder: Path | None) -> Mistake | None:
        asked = [_Call(**vars(call)) for call in calls]
        packed = b"".join(call.packed + _packed(_came_of(call)) for call in asked)
        self._asked = sha256(self._asked + packed.replace(str(folder).encode(), b"folder")).digest()
        self._not_looked_at.append(asked)
        if self._asked not in self._names:
            for some in self._not_looked_at:
                self._names[self._asked] = self._remembers.name(some)
            self._not_looked_at.clear()
        return self._names[self._asked]


class _Remembers(Diagnosis):
    """Calls a mistake only where it has not been called with the same arguments."""

    def __init__(self, memory: _Memory, *args: Any) -> None:
        super().__init__(*args)
        self._memory = memory

    def _variant(self, name: str, replaces: Mapping[str, Any]) -> Variant:
        if name not in self._variants:
            modules = modules_with(self._reference, self._stage, replaces)
            self._variants[name] = _Remembered(modules, name, self._memory)
        return self._variants[name]


class _Remembered(Variant):
    def __init__(self, modules: Any, name: str, memory: _Memory) -> None:
        super().__init__(modules)
        self._name, self._memory = name, memory

    def outcome(self, call: Call) -> CallOutcome:
        assert isinstance(call, _Call)
        asked = self._name, call.digest
        if asked not in self._memory.outcomes:
            self._memory.outcomes[asked] = super().outcome(call)
        return self._memory.outcomes[asked]


class _Call(Call):
    """A call that knows what it was asked as bytes."""

    @cached_property
    def packed(self) -> bytes:
        callee = self.callee
        return _packed([callee.name, callee.method, callee.made, self.args, self.device])

    @cached_property
    def digest(self) -> bytes:
        return sha256(self.packed).digest()


class _CallPacker(Packer):
    def _encode(self, value: Any) -> msgpack.ExtType:
        if isinstance(value, Recipe):
            return msgpack.ExtType(_RECIPE, self.pack([value.maker, *value.args]))
        return super()._encode(value)


_packed = _CallPacker().pack


def _came_of(call: Call) -> Any:
    """Return an outcome without the lines of code that an error came through."""
    outcome = call.outcome
    if isinstance(outcome, Raised):
        return [outcome.class_name, outcome.message]
    return [type(outcome).__name__, vars(outcome)]
