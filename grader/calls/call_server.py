"""The side that holds the learner's code: takes requests as bytes, gives back answers as bytes.

The same server works in this process (plain pytest) and in a worker (`grader check`), so both
give the same verdict. An argument is the bytes of a plain value, or the number of a recipe.
"""

import time
from pathlib import Path
from typing import Any

from grader.calls.caller import Caller, on_device
from grader.calls.outcome import CallOutcome, Returned, WrongType
from grader.calls.packing import pack, unpack
from grader.calls.plain_values import Unsupported, drained
from grader.calls.stage_modules import StageModules
from grader.stages import stage_of

Argument = bytes | int


class CallServer(Caller):
    """Answers requests about one stage's code."""

    def __init__(self, modules: StageModules | None = None) -> None:
        super().__init__(modules or StageModules({}))
        self._shared: dict[int, bytes] = {}  # shared data as it was sent

    def answer(self, request: bytes) -> bytes:
        """Do what a request asks; whatever the learner's code raises becomes part of the answer."""
        message = unpack(request)
        if message["do"] == "load":
            return pack(self._load(message["files"], message["own"]))
        with on_device(message.get("device")):
            for number, maker, needs in message["recipes"]:
                if maker == "value":
                    (self._shared[number],) = needs
                self._follow(number, maker, needs)
            if message["do"] == "time":
                return pack(self._time(message))
            outcomes = [self._call(message["callee"], arguments) for arguments in message["calls"]]
            return pack([_as_answer(outcome) for outcome in outcomes])

    def _load(self, paths: dict[int, str], own: list[int]) -> dict[str, Any]:
        """Run the stage files that are the learner's own, and say which names they lack."""
        files = {number: Path(path) for number, path in paths.items()}
        self._modules = StageModules(files, register=True)
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
        """Make one call up to `runs` times, and return how many seconds each took."""
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
            self._changed(values, arguments)  # puts shared data right
            return {"times": times}
        except BaseException as error:
            return {"error": vars(self._raised(error))}

    def _value(self, argument: Argument) -> Any:
        return unpack(argument) if isinstance(argument, bytes) else self._made_by(argument)

    def _has_changed(self, value: Any, argument: Argument) -> bool:
        sent = argument if isinstance(argument, bytes) else self._shared.get(argument)
        if sent is None or _packs_to(value, sent):
            return False
        if isinstance(argument, int):
            self._made[argument] = unpack(sent)
        return True

    def _leaving(self, result: Any) -> bytes:
        return pack(result)


def _packs_to(value: Any, sent: bytes) -> bool:
    try:
        return pack(value) == sent
    except Unsupported:  # something that does not travel was put into it
        return False


def _as_answer(outcome: CallOutcome) -> dict[str, Any]:
    """Return an outcome in the form that `replies` reads."""
    if isinstance(outcome, Returned):
        return {"value": outcome.value, "changed": list(outcome.changed)}
    if isinstance(outcome, WrongType):
        return {"unsupported": outcome.type_name}
    return {"error": vars(outcome)}
