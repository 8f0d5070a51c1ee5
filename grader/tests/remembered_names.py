"""A kata that caches the names found for the same calls, and the outcome of each mistake's call.

Finding the mistake takes nearly half the time of grading wrong code. The name depends only on the
calls that the tests make, so when code behaves the same in two gradings, it is found only once. And
with one seed, the tests make the same calls of every wrong version of a stage, so what the known
mistakes return for them is computed only once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

import msgpack

from grader.calls.code_under_test import Call
from grader.calls.outcome import CallOutcome, Raised
from grader.calls.packing import Packer
from grader.calls.recipe import Recipe
from grader.calls.stage_modules import reference_modules
from grader.diagnosis.evidence import TestRun, name_mistakes
from grader.diagnosis.known_mistakes import Named, mistakes_of
from grader.diagnosis.live_witness import LiveWitness
from grader.diagnosis.variant import Variant, modules_with
from grader.editions import WholeKata
from grader.stage import Stage
from grader.suite.oracle import LiveOracle

_RECIPE = 100  # an extension code that no message uses


@dataclass
class _Memory:
    """The names and outcomes that are known for one stage."""

    names: dict[bytes, Mapping[str, Named]] = field(default_factory=dict)  # by a hash of the calls
    outcomes: dict[tuple[str, bytes], CallOutcome] = field(default_factory=dict)


@dataclass(frozen=True)
class RemembersNames(WholeKata):
    """The whole kata for grading one stage, with oracles that share a cache."""

    _memory: _Memory = field(default_factory=_Memory, compare=False, repr=False)

    def oracle(self, stage: Stage, seed: int) -> LiveOracle:
        reference = reference_modules(self.solutions, stage)
        witness = _Remembers(self._memory, mistakes_of(self, stage), reference, stage)
        return _Oracle(self, stage, seed, self._memory.names, witness)


class _Oracle(LiveOracle):
    """Looks for the mistakes behind some calls unless an oracle of this kata already has."""

    def __init__(
        self,
        kata: WholeKata,
        stage: Stage,
        seed: int,
        names: dict[bytes, Mapping[str, Named]],
        witness: LiveWitness,
    ) -> None:
        super().__init__(kata, stage, seed)
        self._names, self._witness = names, witness

    def name_mistakes(self, runs: Sequence[TestRun]) -> Mapping[str, Named]:
        shown, asked = sha256(), []
        for run in runs:
            calls = [_Call(**vars(call)) for call in run.calls]
            shown.update(f"{run.name} {run.failed} ".encode())
            shown.update(b"".join(call.packed + _packed(_came_of(call)) for call in calls))
            asked.append(replace(run, calls=tuple(calls)))
        if shown.digest() not in self._names:
            self._names[shown.digest()] = name_mistakes(asked, self._witness)
        return self._names[shown.digest()]


class _Remembers(LiveWitness):
    """Calls a mistake unless it has already been called with the same arguments."""

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
    """A call that packs its function and arguments into bytes once."""

    @cached_property
    def packed(self) -> bytes:
        callee = self.callee
        conditions = [self.device, self.too_large]
        return _packed([callee.name, callee.method, callee.made, self.args, *conditions])

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
    """Return the content of an outcome, of an error without the lines of its traceback."""
    outcome = call.outcome
    if isinstance(outcome, Raised):
        return [outcome.class_name, outcome.message]
    return [type(outcome).__name__, vars(outcome)]
