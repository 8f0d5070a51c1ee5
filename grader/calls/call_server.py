"""The side that has the learner's code: takes requests as bytes, and returns answers as bytes.

The same server works in this process (plain pytest) and in a worker (`grader check`), so both
give the same verdict. An argument is the bytes of a plain value, or the number of a recipe.

Tensors of arguments may be in memory that the grader checks for itself; whether a list or a dict
has changed is reported from here.
"""

import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from grader.calls.caller import Caller, on_device
from grader.calls.error_report import let_the_user_leave
from grader.calls.looped_vmap import rows_one_by_one
from grader.calls.outcome import CallOutcome, Returned, WrongType
from grader.calls.packing import Packer, pack, unpack
from grader.calls.plain_values import (
    Unsupported,
    drained,
    identical,
    require_plain_keys,
    tensors_in,
)
from grader.calls.recorder import Recorder, recorded_module
from grader.calls.stage_modules import StageModules
from grader.stages import stage_of

if TYPE_CHECKING:
    from grader.calls.earlier_modules import EarlierModules

Argument = bytes | int


class CallServer(Caller):
    """Answers requests about one stage's code."""

    def __init__(
        self, modules: StageModules | None = None, earlier: "EarlierModules | None" = None
    ) -> None:
        """Start with loaded modules, or with an object that calls earlier stages from a sandbox."""
        super().__init__(modules or StageModules({}))
        self._earlier = earlier
        self._packer = earlier or Packer()
        self._shared: dict[int, _Shared] = {}

    def answer(self, request: bytes) -> bytes:
        """Answer a request; whatever the learner's code raises becomes part of the answer."""
        message = unpack(request)
        if message["do"] == "load":
            return pack(self._load(message["files"], message["own"], message["earlier"]))
        with on_device(message.get("device")):
            for number, maker, needs in message["recipes"]:
                self._follow(number, maker, needs)
                if maker == "value":
                    self._shared[number] = self._as_sent(*needs)
                if maker in ("value", "tokenizer") and self._earlier and number in self._made:
                    self._earlier.know(self._made[number], number)
            if message["do"] == "time":
                return pack(self._time(message))
            if message["do"] == "record":
                return pack(self._record(message))
            callee, too_large = message["callee"], message["too_large"]
            outcomes = [self._call(callee, args, too_large) for args in message["calls"]]
            return pack([_as_answer(outcome) for outcome in outcomes])

    def _load(
        self, paths: dict[int, str], own: list[int], offered: dict[int, dict[str, str]]
    ) -> dict[str, Any]:
        """Run the learner's own stage files, and return which names they lack; `offered` are the
        functions of earlier stages that the grader runs."""
        files = {number: Path(path) for number, path in paths.items()}
        loaded = self._earlier.modules(offered) if self._earlier else {}
        self._modules = StageModules(files, register=True, loaded=loaded)
        self._own_files = frozenset(str(files[number]) for number in own)
        missing = []
        for number in own:
            try:
                module = self._modules.module(number)
            except BaseException as error:
                return {"error": vars(self._raised(error)), "stage": number}
            missing += [name for name in stage_of(number).names if not hasattr(module, name)]
        return {"missing": missing}

    def _time(self, message: dict[str, Any]) -> dict[str, Any]:
        """Make one call up to `runs` times, and return the seconds that each took."""
        (arguments,) = message["calls"]
        times: list[float] = []
        try:
            called = self._resolve(*message["callee"])
            while not times or (len(times) < message["runs"] and sum(times) < message["seconds"]):
                values = [self._value(argument) for argument in arguments]
                begun = time.perf_counter()
                result = drained(called(*values))
                times.append(time.perf_counter() - begun)
                del result
            self._changed(values, arguments)  # restores shared data
            return {"times": times}
        except BaseException as error:
            return {"error": vars(self._raised(error))}

    def _record(self, message: dict[str, Any]) -> list[Any]:
        """Make one call with a copy of the stage that records what it computes, and return the
        record; an empty one if the code can't be recorded."""
        kept, recorder, (arguments,) = self._modules, Recorder(), message["calls"]
        try:
            with redirect_stdout(StringIO()), redirect_stderr(StringIO()), rows_one_by_one():
                self._modules = recorded_module(kept, message["stage"], message["text"], recorder)
                recorder.on = True
                self._call(message["callee"], arguments)
        except BaseException as error:
            let_the_user_leave(error)
        finally:
            recorder.on, self._modules = False, kept
        return recorder.seen

    def _value(self, argument: Argument) -> Any:
        if isinstance(argument, int):
            return self._made_by(argument)
        return self._packer.unpack(argument)

    def _has_changed(self, value: Any, argument: Argument) -> bool:
        if isinstance(argument, bytes):
            return not self._packs_to(value, argument)
        shared = self._shared.get(argument)
        if shared is None or (self._packs_to(value, shared.sent) and shared.is_whole()):
            return False
        shared.restore()
        self._made[argument] = self._packer.unpack(shared.sent)
        if self._earlier:
            self._earlier.know(self._made[argument], argument)
        return True

    def _as_sent(self, sent: bytes) -> "_Shared":
        """Keep shared data, with copies of its tensors in the memory of arguments."""
        tensors = list(tensors_in(self._packer.unpack(sent))) if self._earlier else []
        return _Shared(sent, [(tensor, tensor.clone()) for tensor in tensors])

    def _packs_to(self, value: Any, sent: bytes) -> bool:
        try:
            return self._packer.pack(value) == sent
        except Unsupported:  # something that can't be sent was put into it
            return False

    def _leaving(self, result: Any) -> bytes:
        require_plain_keys(result)
        return pack(result)


@dataclass(frozen=True)
class _Shared:
    """Shared data as it was sent, and its tensors in the memory of arguments with copies."""

    sent: bytes
    tensors: list[tuple[torch.Tensor, torch.Tensor]]

    def is_whole(self) -> bool:
        """Return whether the tensors are as they were sent."""
        return all(identical(tensor, copy) for tensor, copy in self.tensors)

    def restore(self) -> None:
        """Restore the tensors as they were sent."""
        for tensor, copy in self.tensors:
            tensor.copy_(copy)


def _as_answer(outcome: CallOutcome) -> dict[str, Any]:
    """Return an outcome in the form that `replies` decodes."""
    if isinstance(outcome, Returned):
        return {"value": outcome.value, "changed": list(outcome.changed)}
    if isinstance(outcome, WrongType):
        return {"unsupported": outcome.type_name}
    return {"error": vars(outcome)}
