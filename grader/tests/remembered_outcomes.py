"""A kata for grading one stage many times, which computes the same things only once.

With one seed, the tests make the same calls of every version of a stage, so what the reference and
the known mistakes return for them is computed only once. This takes nearly half the time of grading
wrong code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import msgpack

from grader.calls.code_under_test import Call
from grader.calls.outcome import CallOutcome
from grader.calls.packing import Packer
from grader.calls.plain_values import Unsupported, plain_copy, tensors_in
from grader.calls.recipe import Recipe
from grader.calls.request_writer import Callee
from grader.calls.stage_modules import StageModules, reference_modules
from grader.diagnosis.evidence import TestRun, name_mistakes
from grader.diagnosis.known_mistakes import Named, mistakes_of
from grader.diagnosis.live_witness import LiveWitness
from grader.diagnosis.variant import Variant, modules_with
from grader.editions import WholeKata
from grader.stage import Stage
from grader.suite.oracle import LiveOracle
from grader.suite.yours_and_reference import Reference

_RECIPE = 100  # an extension code that no message uses


@dataclass
class _Memory:
    """The outcomes that are known for one stage, of mistakes by name, and of the reference."""

    outcomes: dict[tuple[str, bytes], CallOutcome] = field(default_factory=dict)
    reference: Reference | None = None


@dataclass(frozen=True)
class RemembersOutcomes(WholeKata):
    """The whole kata for grading one stage, with oracles that share a memory."""

    _memory: _Memory = field(default_factory=_Memory, compare=False, repr=False)

    def oracle(self, stage: Stage, seed: int) -> LiveOracle:
        return RememberingOracle(self, stage, seed, self._memory)


class RememberingOracle(LiveOracle):
    """Calls nothing again that an oracle of this kata has called."""

    def __init__(self, kata: WholeKata, stage: Stage, seed: int, memory: _Memory) -> None:
        super().__init__(kata, stage, seed)
        self._modules = reference_modules(kata.solutions, stage)
        self._memory = memory

    def reference(self, test: str) -> Reference:
        if self._memory.reference is None:
            self._memory.reference = _Reference(self._modules)
        return self._memory.reference

    def name_mistakes(self, runs: Sequence[TestRun]) -> Mapping[str, Named]:
        runs = [replace(run, calls=tuple(map(remembered_call, run.calls))) for run in runs]
        mistakes = mistakes_of(self._kata, self._stage)
        return name_mistakes(runs, _Remembers(self._memory, mistakes, self._modules, self._stage))


class _Reference(Reference):
    """Calls the reference unless it has already been called with the same arguments."""

    def __init__(self, modules: StageModules) -> None:
        super().__init__(modules)
        self._results: dict[bytes, Any] = {}

    def call(self, callee: Callee, args: Sequence[Any]) -> Any:
        if any(isinstance(arg, str) and Path(arg).is_absolute() for arg in args):
            return super().call(callee, args)  # another time, other files may be there
        if any(tensor.requires_grad for tensor in tensors_in(args)):
            return super().call(callee, args)
        asked = sha256(_packed([callee.name, callee.method, *args])).digest()
        if asked not in self._results:
            result = super().call(callee, args)
            try:
                self._results[asked] = plain_copy(result)
            except Unsupported:  # an object
                return result
        return plain_copy(self._results[asked])


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
        assert isinstance(call, RememberedCall)
        asked = self._name, call.digest
        if asked not in self._memory.outcomes:
            self._memory.outcomes[asked] = super().outcome(call)
        return self._memory.outcomes[asked]


class RememberedCall(Call):
    """A call that packs its function and its arguments into bytes once."""

    @cached_property
    def digest(self) -> bytes:
        callee = self.callee
        conditions = [self.device, self.too_large]
        asked = [callee.name, callee.method, callee.made, self.args, *conditions]
        return sha256(_packed(asked)).digest()


def remembered_call(call: Call) -> RememberedCall:
    """Return a call as one that remembers what it has packed."""
    return call if isinstance(call, RememberedCall) else RememberedCall(**vars(call))


class _CallPacker(Packer):
    """Packs a recipe as a digest of what it says, which nothing changes."""

    def __init__(self) -> None:
        self._recipes: WeakKeyDictionary[Recipe, bytes] = WeakKeyDictionary()

    def _encode(self, value: Any) -> msgpack.ExtType:
        if not isinstance(value, Recipe):
            return super()._encode(value)
        if value not in self._recipes:
            said = self.pack([value.maker, *value.args])
            self._recipes[value] = sha256(said).digest()
        return msgpack.ExtType(_RECIPE, self._recipes[value])


_packed = _CallPacker().pack
